import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barHeight, bodyWaveform, resizeWaveform, WaveformCollector } from './waveform.ts';
import { tone } from './testing/packets.ts';

test('[AU16] heights are linear in decibels', () => {
  assert.deepEqual([0, 0.001, 0.0316228, 1, 2].map(barHeight), [0, 0, 128, 255, 255]);
  assert.equal(barHeight(0.1), 170);
});

test('[AU16] a bar stands for a tenth of a second, however the frames come', () => {
  const sound = new Float32Array(48_000);
  sound.set(tone(440, 0.1).map((value) => value * 2), 9_600); // full scale from 0.2 s to 0.3 s
  sound[40_000] = -0.1;
  const collector = new WaveformCollector();
  const made: number[] = [];
  for (let at = 0; at < sound.length; at += 128) made.push(...collector.push(sound.subarray(at, at + 128)));
  assert.deepEqual(made, [0, 0, 255, 0, 0, 0, 0, 0, 170, 0]);
  assert.deepEqual([...collector.bars()], made);
  collector.push(Float32Array.of(1));
  assert.deepEqual([...collector.bars()], [...made, 255], 'a bar that has only begun');
  assert.equal(collector.push(new Float32Array(4_799)).length, 1);
});

test('[AU16] hours of it are kept, and what is no number has no height', () => {
  const collector = new WaveformCollector(100);
  collector.push(new Float32Array(50_000).fill(0.1));
  collector.push(new Float32Array(10).fill(Number.NaN));
  const bars = collector.bars();
  assert.equal(bars.length, 5_001);
  assert.deepEqual([bars[4_999], bars[5_000]], [170, 0]);
});

test('[AU16] fewer bars keep every peak, more repeat them', () => {
  const bars = Uint8Array.of(1, 9, 2, 3, 8, 4, 0);
  assert.deepEqual([...resizeWaveform(bars, 3)], [9, 3, 8]);
  assert.deepEqual([...resizeWaveform(Uint8Array.of(5, 6), 4)], [5, 5, 6, 6]);
  assert.deepEqual([...resizeWaveform(new Uint8Array(0), 2)], [0, 0]);
  assert.equal(resizeWaveform(bars, 0).length, 0);
});

test('[AU16] a body carries at most 256 bars', () => {
  const long = new Uint8Array(36_000);
  long[35_999] = 200;
  assert.equal(bodyWaveform(long).length, 256);
  assert.equal(bodyWaveform(long)[255], 200);
  assert.equal(bodyWaveform(new Uint8Array(256)).length, 256);
  assert.equal(bodyWaveform(new Uint8Array(12)).length, 12);
});
