import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Outcome } from './run.ts';

const WORKER = fileURLToPath(new URL('./simulate-worker.node.ts', import.meta.url));

/** Most worlds of one process; a fresh one begins with the memory of none. */
const WORLDS = 20;

/** Runs the worlds of `seeds` in `count` processes, some to each in turn. Traces come back with violations only. */
export async function simulateAll(seeds: readonly number[], count: number, tell: (outcome: Outcome) => void): Promise<void> {
  const left = [...seeds].toReversed();
  const work = async (): Promise<void> => {
    while (left.length > 0) {
      const worker = fork(WORKER);
      try {
        for (const seed of left.splice(-Math.min(WORLDS, Math.ceil(left.length / (2 * count)))).toReversed()) tell(await ask(worker, seed));
      } finally {
        worker.kill();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, seeds.length) }, work));
}

function ask(worker: ChildProcess, seed: number): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const gone = (): void => reject(new Error(`the process that ran seed ${seed} ended`));
    worker.once('exit', gone);
    worker.once('message', (outcome) => {
      worker.off('exit', gone);
      resolve(outcome as Outcome);
    });
    worker.send(seed);
  });
}
