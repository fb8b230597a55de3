import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SILENCE_DB } from './decibels.ts';
import { LevelMeter } from './level.ts';
import { tone } from './testing/packets.ts';

const near = (seen: number, expected: number): void => assert.ok(Math.abs(seen - expected) < 0.05, `${seen} is not ${expected}`);

test('[AU17] a tone at half of full scale is at -6 dB, its power 3 dB below', () => {
  const meter = new LevelMeter();
  const frames = [...meter.push(tone(1_000, 0.05)), ...meter.push(tone(1_000, 0.05))];
  assert.equal(frames.length, 5);
  for (const frame of frames) {
    near(frame.peakDb, -6.02);
    near(frame.rmsDb, -9.03);
  }
  near(meter.totals().peakDb, -6.02);
  near(meter.totals().rmsDb, -9.03);
  assert.equal(meter.totals().samples, 4_800);
});

test('[AU17] digital silence is told from a quiet room by its runs of zeros', () => {
  const meter = new LevelMeter();
  const [frame] = meter.push(new Float32Array(960));
  assert.deepEqual(frame, { peakDb: SILENCE_DB, rmsDb: SILENCE_DB, clippedSamples: 0, zeroSamples: 960 });
  meter.push(new Float32Array(500));
  assert.deepEqual([meter.totals().longestZeroRun, meter.totals().currentZeroRun], [1_460, 1_460]);
  meter.push(Float32Array.of(0.001, 0, 0, -0));
  assert.deepEqual([meter.totals().longestZeroRun, meter.totals().currentZeroRun], [1_460, 3]);
  const quiet = new LevelMeter();
  quiet.push(tone(50, 0.1).map((value) => value * 0.0001 + 1e-6));
  assert.ok(quiet.totals().longestZeroRun < 3);
});

test('[AU17] clipped samples and samples that are none are counted', () => {
  const meter = new LevelMeter(500);
  const frames = meter.push(Float32Array.of(1, -1.2, 0.9, Number.NaN, Infinity, 0, 0, 0, 0, 0, 1));
  assert.equal(frames[0]?.clippedSamples, 2);
  assert.deepEqual([meter.totals().clippedSamples, meter.totals().invalidSamples], [3, 2]);
  assert.ok(Object.values(meter.totals()).every(Number.isFinite), 'plain numbers');
});

test('[AU17] a meter that saw nothing says silence', () => {
  assert.deepEqual(new LevelMeter().totals(), {
    samples: 0, peakDb: SILENCE_DB, rmsDb: SILENCE_DB, clippedSamples: 0, invalidSamples: 0, longestZeroRun: 0, currentZeroRun: 0,
  });
});
