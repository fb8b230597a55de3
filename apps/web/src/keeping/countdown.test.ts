import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCountedDown, untilNextLook } from './countdown.ts';

const HOUR = 3_600_000;

test('[KEEP1] the last hour of a message is counted down from the moment it begins, however long the message has been in sight', () => {
  for (const begins of [HOUR, HOUR + 1, 3 * HOUR, 200 * 24 * HOUR]) {
    let left = begins;
    for (let looks = 0; !isCountedDown(left); looks += 1) {
      assert.ok(looks < 300, `${begins} ms before it goes it is looked at often enough, and not all the time`);
      left -= untilNextLook(left);
    }
    assert.deepEqual([left, untilNextLook(left)], [HOUR, 1_000]);
  }
  assert.equal(untilNextLook(-5), 1_000);
});
