import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bars, barsPath, shapeOf } from './bars.ts';

test('a bar shows the loudest of what falls into it, and no peak is lost', () => {
  const peaks = new Uint8Array(100);
  peaks[57] = 255;
  const heights = bars(peaks, 10);
  assert.deepEqual(heights, [0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
  assert.equal(bars(Uint8Array.of(64), 4).length, 4);
  assert.ok(bars(Uint8Array.of(64), 4).every((height) => height === shapeOf(64)));
});

test('silence is drawn as a thin line, not as nothing', () => {
  assert.equal(barsPath([0]), 'M1.5 49.0V51.0');
  assert.equal(bars(new Uint8Array(0), 3).join(), '0,0,0');
});
