import assert from 'node:assert/strict';
import { test } from 'node:test';
import { align, windowScores } from './correlate.ts';

/** Noise that is the same each time. */
function noise(length: number, seed: number): Float32Array<ArrayBuffer> {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

test('a sound is found again where it lies', () => {
  const sound = noise(3_000, 1);
  for (const lag of [0, 1, 777, -400]) {
    const candidate = new Float32Array(5_000);
    if (lag >= 0) candidate.set(sound.map((value) => value * 0.3), lag);
    else candidate.set(sound.subarray(-lag));
    const found = align(sound, candidate);
    assert.equal(found.lag, lag);
    assert.ok(found.score > 0.999, `${found.score}`);
    assert.equal(found.overlap, Math.min(3_000, 3_000 + lag));
  }
});

test('another sound is not found, nor one beyond the lags allowed', () => {
  assert.ok(align(noise(3_000, 1), noise(3_000, 2)).score < 0.2);
  const late = new Float32Array(5_000);
  late.set(noise(3_000, 1), 1_000);
  assert.ok(align(noise(3_000, 1), late, { maxLag: 500 }).score < 0.2);
  assert.equal(align(new Float32Array(10), new Float32Array(10)).score, -1);
});

test('a missing syllable shows in its window, silence is not judged', () => {
  const sound = noise(4_000, 3);
  sound.fill(0, 1_000, 2_000);
  const broken = sound.slice();
  broken.fill(0, 3_000);
  assert.deepEqual(windowScores(sound, sound, 0, 1_000).map(({ start }) => start), [0, 2_000, 3_000]);
  const scores = windowScores(sound, broken, 0, 1_000).map(({ score }) => Math.round(score * 100));
  assert.deepEqual(scores, [100, 100, 0]);
});
