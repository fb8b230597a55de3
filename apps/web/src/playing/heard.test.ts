import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHeard, secondsPlayed } from './heard.ts';

test('[WEB2] heard means nine tenths of the seconds really played, or the end reached by playing', () => {
  assert.equal(isHeard([], 10, false), false);
  assert.equal(isHeard([], 10, true), false, 'jumping to the end plays nothing');
  assert.equal(isHeard([[0, 8.9]], 10, false), false);
  assert.equal(isHeard([[0, 9]], 10, false), true);
  assert.equal(isHeard([[0, 4], [5, 10]], 10, false), true);
  assert.equal(isHeard([[0, 0], [8, 10]], 10, false), false);
  assert.equal(isHeard([[8, 10]], 10, true), true);
  assert.equal(secondsPlayed([[0, 1.5], [3, 4]]), 2.5);
});
