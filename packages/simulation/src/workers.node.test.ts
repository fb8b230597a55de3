import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Outcome } from './run.ts';
import { simulateAll } from './workers.node.ts';

/** Dies of odd seeds: in the middle of a world, or by a signal. */
const MORTAL = `process.on('message', (seed) => {
  if (seed === 3) process.exit(7);
  if (seed === 5) process.kill(process.pid, 'SIGKILL');
  if (seed !== 5) process.send({ seed, messages: 1, deliveries: 1, realCrypto: false, violations: [], trace: [], sum: '' });
});`;

test('[SIM5] a world that ends its process is told with its seed, and the other worlds run all the same', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-workers-'));
  try {
    const script = join(folder, 'mortal.mjs');
    await writeFile(script, MORTAL);
    const outcomes: Outcome[] = [];
    await simulateAll([1, 2, 3, 4, 5, 6, 7, 8], 2, (outcome) => outcomes.push(outcome), script);
    const seen = outcomes.toSorted((one, other) => one.seed - other.seed).map(({ seed, violations }) => [seed, violations]);
    const died: Readonly<Record<number, string[]>> = { 3: ['its process ended with 7'], 5: ['its process ended with SIGKILL'] };
    assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => [seed, died[seed] ?? []]));
  } finally {
    await rm(folder, { recursive: true });
  }
});
