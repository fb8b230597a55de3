import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { refresher } from './refresh.ts';

test('[ACC2] what was asked for during a reading that fails is read all the same, and the failure is said', async () => {
  const failures: unknown[] = [];
  const readings: PromiseWithResolvers<void>[] = [];
  const refresh = refresher(
    () => {
      readings.push(Promise.withResolvers<void>());
      return readings.at(-1)?.promise ?? Promise.resolve();
    },
    (error) => failures.push(error),
  );
  refresh();
  refresh();
  refresh();
  readings[0]?.reject(new Error('of before'));
  await turn();
  assert.deepEqual([readings.length, failures.map(String)], [2, ['Error: of before']], 'once more, however often it was asked');
  readings[1]?.resolve();
  await turn();
  assert.equal(readings.length, 2);
  refresh();
  assert.equal(readings.length, 3, 'and again from now on');
});
