import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Outcome } from './run.ts';

const WORKER = fileURLToPath(new URL('./simulate-worker.node.ts', import.meta.url));

/** A world throws and forgets a lot. Where something was thrown is told by the same seed run by itself. */
const QUICKLY = ['--max-semi-space-size=64', '--stack-trace-limit=0', '--no-async-stack-traces'];

/** Most worlds of one process; a fresh one begins with the memory of none. */
const WORLDS = 20;

/**
 * Runs the worlds of `seeds` in `count` processes, some to each in turn. Traces come back with violations only. A world that ends its
 * process has violated something as well: it is told with its seed, and the others run on. `script` is what a process runs, with `args`.
 */
export async function simulateAll(seeds: readonly number[], count: number, tell: (outcome: Outcome) => void, script = WORKER, args: readonly string[] = []): Promise<void> {
  const left = [...seeds].toReversed();
  const work = async (): Promise<void> => {
    while (left.length > 0) {
      const own = left.splice(-Math.min(WORLDS, Math.ceil(left.length / (2 * count))));
      await runIn(fork(script, [...args], { execArgv: [...process.execArgv, ...QUICKLY] }), own, tell);
      left.push(...own);
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, seeds.length) }, work));
}

/** Runs worlds in one process, the last seed first, until it has ended or none is left. */
async function runIn(worker: ChildProcess, seeds: number[], tell: (outcome: Outcome) => void): Promise<void> {
  let alive = true;
  const ended = new Promise<string>((resolve) => {
    worker.once('error', (error) => resolve(error.message));
    worker.once('exit', (code, signal) => resolve(`its process ended with ${signal ?? code}`));
  }).finally(() => (alive = false));
  try {
    for (let seed = seeds.pop(); seed !== undefined; seed = alive ? seeds.pop() : undefined) {
      const world = seed;
      tell(await Promise.race([ask(worker, world), ended.then((how) => outcomeOfDeath(world, how))]));
    }
  } finally {
    worker.kill();
  }
}

function ask(worker: ChildProcess, seed: number): Promise<Outcome> {
  return new Promise((resolve) => {
    worker.once('message', (outcome) => resolve(outcome as Outcome));
    // That it cannot be told any more is seen from its end.
    worker.send(seed, () => undefined);
  });
}

const outcomeOfDeath = (seed: number, how: string): Outcome => ({ seed, messages: 0, deliveries: 0, realCrypto: false, violations: [how], trace: [how], sum: '' });
