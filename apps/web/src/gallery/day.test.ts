import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayOf, startOf } from './day.ts';

test('[FIND5] a day in the gallery begins and ends at midnight here, also where the clocks are put forward', () => {
  for (const day of ['2026-03-29', '2026-10-25', '2026-12-31']) {
    const [begins, ends] = [startOf(day, 0) ?? 0, startOf(day, 1) ?? 0];
    assert.equal(dayOf(begins), day);
    assert.equal(dayOf(ends - 1), day);
    assert.notEqual(dayOf(ends), day);
  }
  assert.equal(startOf('', 0), null);
  assert.equal(dayOf(undefined), '');
});
