import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulate } from './run.ts';
import { ServerApp } from './server-host.ts';
import { told } from './told.ts';

/** Short worlds. In each of them something once went wrong that only time, or what people do about keeping, brings to light. */
const SEEDS = [1_000_003, 1_000_011, 1_000_012, 1_000_013, 1_000_014, 1_000_016];

test('[SIM8] in worlds in which years pass every acknowledged message is whole, or a notice that is true stands in its place', { timeout: 1_800_000 }, async () => {
  const app = await ServerApp.make();
  for (const seed of SEEDS) {
    const outcome = await simulate(seed, app, { years: true });
    assert.deepEqual(outcome.violations, [], told(outcome, ['--years']));
  }
});
