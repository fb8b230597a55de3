import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gapAt } from './gap.ts';
import { gapsOf } from './silences.ts';

const RATE = 8_000;
/** Stretches of a tone (`loud` of full scale) and of a room, in seconds. */
function sound(...stretches: readonly (readonly [seconds: number, loud: number])[]): Float32Array {
  return Float32Array.from(stretches.flatMap(([seconds, loud]) => Array.from({ length: seconds * RATE }, (_, at) => loud * Math.sin(at / 3))));
}
const round = (samples: Float32Array): number[][] => gapsOf(samples, RATE).map(({ start, end }) => [Number(start.toFixed(2)), Number(end.toFixed(2))]);

test('[WEB25] pauses longer than 0.6 s are skipped, but for what belongs to the words around them', () => {
  assert.deepEqual(round(sound([1, 0.3], [2, 0.0005], [1, 0.3])), [[1.25, 2.85]]);
  assert.deepEqual(round(sound([1, 0.3], [0.5, 0], [1, 0.3])), [], 'a pause for breath stays');
  assert.deepEqual(round(sound([1, 0.3], [1, 0], [1, 0.2], [3, 0])), [[1.25, 1.85], [3.25, 5.85]]);
});

test('[WEB25] a soft voice is not taken for silence, nor a noisy room for a voice', () => {
  assert.deepEqual(round(sound([1, 0.3], [2, 0.02], [1, 0.3])), [], 'somebody speaks softly');
  assert.deepEqual(round(sound([3, 0.004])), [], 'a very soft message is all voice');
  assert.deepEqual(round(sound([1, 0.6], [2, 0.005], [1, 0.6])), [[1.25, 2.85]]);
  assert.deepEqual(gapsOf(new Float32Array(0), RATE), []);
});

test('[WEB25] only who plays into a pause is taken over it', () => {
  const gaps = [{ start: 1, end: 2 }];
  assert.deepEqual([0.9, 1, 1.9, 1.999_999, 2].map((second) => gapAt(gaps, second)?.end), [undefined, 2, 2, undefined, undefined]);
});
