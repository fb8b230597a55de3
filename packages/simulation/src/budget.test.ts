import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failingSeeds } from './failing-seeds.ts';
import type { Outcome } from './run.ts';
import { told } from './told.ts';
import { simulateAll } from './workers.node.ts';

/** Messages that every test run simulates at least. */
const MESSAGES = 5_000;
/** New worlds, of people who say much: most messages for the time they take. */
const FRESH = Array.from({ length: 2 }, (_, at) => 1_000 + at);
/** On two cores. While other tests run they stand behind them; after those, both are theirs. */
const PROCESSES = 2;

test(`[SIM1] [SIM4] ${MESSAGES} messages in stormy worlds arrive once, whole and in order`, { timeout: 2_400_000 }, async (context) => {
  const violated: string[] = [];
  let [worlds, messages] = [0, 0];
  const play = async (seeds: readonly number[], terms: readonly string[]): Promise<void> => {
    const tell = (outcome: Outcome): void => {
      worlds += 1;
      messages += outcome.messages;
      if (outcome.violations.length > 0) violated.push(told(outcome, terms));
    };
    await simulateAll(seeds, PROCESSES, tell, undefined, terms);
  };
  await play([...failingSeeds.keys()], []);
  await play(FRESH, ['--busy']);
  context.diagnostic(`${messages} messages in ${worlds} worlds`);
  assert.deepEqual(violated, []);
  assert.equal(worlds, failingSeeds.size + FRESH.length);
  assert.ok(messages >= MESSAGES, `${messages} messages`);
});
