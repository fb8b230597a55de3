import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHeard, secondsPlayed } from './heard.ts';

test('[WEB2] heard means nine tenths of the seconds really played, or the end reached by playing', () => {
  assert.equal(isHeard([], [], 10, null), false);
  assert.equal(isHeard([], [], 10, 10), false, 'jumping to the end plays nothing');
  assert.equal(isHeard([[0, 8.9]], [], 10, null), false);
  assert.equal(isHeard([[0, 9]], [], 10, null), true);
  assert.equal(isHeard([[0, 4], [5, 10]], [], 10, null), true);
  assert.equal(isHeard([[0, 0], [8, 10]], [], 10, null), false);
  assert.equal(isHeard([[8, 10]], [], 10, 10), true);
  assert.equal(secondsPlayed([[0, 1.5], [3, 4]]), 2.5);
});

test('[WEB2] [RET8] a jump to the end is not hearing, whatever was played before it', () => {
  assert.equal(isHeard([[0, 0.2]], [], 600, 600), false);
  assert.equal(isHeard([[0, 300]], [], 600, 600), false);
  assert.equal(isHeard([[0, 0.2], [600, 600]], [], 600, 600), false);
  assert.equal(isHeard([[0, 0.2], [599.8, 600]], [], 600, 600), false, 'drawn along past the edge');
  assert.equal(isHeard([[0, 0.2]], [], 600, 599.9), false);
  assert.equal(isHeard([[599, 599.95]], [], 600, 600), true, 'gone on with where one stopped a second before the end');
  assert.equal(isHeard([[0, 0.48]], [], 0.5, 0.5), true, 'a short one, from its beginning');
  assert.equal(isHeard([[0, 0.2]], [], 0.5, 0.5), false);
});

test('[WEB2] [WEB25] the end is reached by playing also over pauses that were left out, and by nothing but a pause it is not', () => {
  const pauses = [[20, 30], [31, 59.85]] as const;
  assert.equal(isHeard([[18, 20.1], [30, 31.2], [59.85, 60]], pauses, 60, 60), true);
  assert.equal(isHeard([[0, 0.2], [59.85, 60]], pauses.slice(1), 60, 60), false, 'gone into the pause at the end');
});
