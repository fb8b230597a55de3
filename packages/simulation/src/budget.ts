import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failingSeeds } from './failing-seeds.ts';
import { type Outcome, simulate } from './run.ts';
import { ServerApp } from './server-host.ts';

/** Messages that each half of the budget simulates in `npm test`: together more than 5,000. */
const MESSAGES = 2_600;
/** The last lines of a trace say most about how it went wrong. */
const TAIL = 60;

/** Registers one half of the worlds that every test run goes through: its share of those that once failed, then new ones. */
export function runHalf(half: 0 | 1): void {
  test(`[SIM1] [SIM4] ${MESSAGES} messages in stormy worlds arrive once, whole and in order, half ${half + 1} of 2`, { timeout: 900_000 }, async (context) => {
    const app = await ServerApp.make();
    const known = [...failingSeeds.keys()].filter((_, at) => at % 2 === half);
    let messages = 0;
    let worlds = 0;
    for (let next = 1_000 + half; known.length > 0 || messages < MESSAGES; next += 2) {
      const outcome = await simulate(known.shift() ?? next, app);
      assert.deepEqual(outcome.violations, [], told(outcome));
      messages += outcome.messages;
      worlds += 1;
    }
    context.diagnostic(`${messages} messages in ${worlds} worlds`);
  });
}

/** What went wrong, and how to see it again. */
export function told({ seed, violations, trace }: Outcome): string {
  return `seed ${seed} fails; again with: npm run simulate -- --seed ${seed}\n${violations.join('\n')}\n...\n${trace.slice(-TAIL).join('\n')}`;
}
