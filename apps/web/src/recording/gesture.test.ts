import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onMove, onRelease, SLIDE_LEFT, SLIDE_UP, slideShare, TAP } from './gesture.ts';

const press = { x: 200, y: 700, at: 1_000 };

test('[WEB3] a tap records hands-free, a hold sends on release', () => {
  assert.equal(onRelease(press, 1_000 + TAP - 1, true), 'hands-free');
  assert.equal(onRelease(press, 1_000 + TAP, true), 'send');
});

test('[WEB3] letting go before any sound arrived sends nothing', () => {
  assert.equal(onRelease(press, 9_000, false), 'hands-free');
});

test('[WEB3] sliding left discards, sliding up locks, the larger way counts', () => {
  assert.equal(onMove(press, 200 - SLIDE_LEFT + 1, 700), 'none');
  assert.equal(onMove(press, 200 - SLIDE_LEFT, 700), 'discard');
  assert.equal(onMove(press, 200, 700 - SLIDE_UP), 'lock');
  assert.equal(onMove(press, 200 - SLIDE_LEFT, 700 - SLIDE_LEFT - 1), 'lock');
  assert.equal(onMove(press, 400, 900), 'none');
  assert.deepEqual(slideShare(press, 200 - SLIDE_LEFT / 2, 720), { left: 0.5, up: 0 });
});
