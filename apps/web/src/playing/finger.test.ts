import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTap, onDown, onMove, STILL } from './finger.ts';

const down = onDown(100, 400);

test('[WEB17] a finger on a waveform goes to a place when it taps or draws along it, not when it comes down', () => {
  assert.equal(down.draws, false);
  assert.equal(isTap(down, 100, 400), true);
  assert.equal(isTap(onMove(down, 100 + STILL - 1, 400), 100 + STILL - 1, 400), true, 'no finger holds quite still');
  const drawn = onMove(down, 100 - STILL, 400 + STILL);
  assert.equal(drawn.draws, true);
  assert.equal(onMove(drawn, 100, 900).draws, true, 'what began as drawing stays it');
  assert.equal(isTap(drawn, 100, 400), false, 'it was followed already');
});

test('[WEB17] a finger that goes across a waveform, to scroll or to let be, goes to no place', () => {
  const across = onMove(down, 100 + STILL, 400 + STILL + 1);
  assert.equal(across.draws, false);
  assert.equal(isTap(across, 100 + STILL, 400 + STILL + 1), false);
});
