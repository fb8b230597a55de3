import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AudioError } from './audio-error.ts';
import { resampleAll, Resampler } from './resample.ts';
import { tone } from './testing/packets.ts';

const RATES = [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 44_099, 88_200, 96_000, 192_000];

/** Ratio of a tone to all that is not it, in dB, away from the ends; and where it lies in time, in samples at 48 kHz. */
function measure(output: Float32Array, frequency: number): { snr: number; shift: number; level: number } {
  const edge = 2_400;
  let [sine, cosine] = [0, 0];
  const step = (2 * Math.PI * frequency) / 48_000;
  // A whole number of periods, so that sine and cosine are orthogonal.
  const period = 48_000 / frequency;
  const length = Math.round(Math.floor((output.length - 2 * edge) / period) * period);
  const body = output.subarray(edge, edge + length);
  for (const [at, value] of body.entries()) {
    sine += (value * Math.sin(step * (at + edge)) * 2) / length;
    cosine += (value * Math.cos(step * (at + edge)) * 2) / length;
  }
  let noise = 0;
  for (const [at, value] of body.entries()) {
    noise += (value - sine * Math.sin(step * (at + edge)) - cosine * Math.cos(step * (at + edge))) ** 2;
  }
  const level = Math.hypot(sine, cosine);
  const snr = 10 * Math.log10((level ** 2 / 2) / (noise / length));
  return { snr, shift: -Math.atan2(cosine, sine) / step, level };
}

test('[AU13] tones of any rate come out clean, at their level and in their place', () => {
  for (const rate of RATES) {
    for (const frequency of [100, 1_000, 3_000]) {
      const { snr, shift, level } = measure(resampleAll(tone(frequency, 0.6, rate), rate), frequency);
      assert.ok(snr > 80, `${rate} Hz, ${frequency} Hz: ${snr.toFixed(1)} dB`);
      assert.ok(Math.abs(shift) < 0.01, `${rate} Hz, ${frequency} Hz: shifted by ${shift}`);
      assert.ok(Math.abs(level - 0.5) < 0.0005, `${rate} Hz, ${frequency} Hz: level ${level}`);
    }
  }
});

test('[AU13] speech keeps its band up to nine tenths of what the rate can hold', () => {
  for (const rate of [8_000, 16_000, 44_100, 96_000]) {
    const frequency = Math.round(Math.min(rate, 48_000) * 0.44);
    const { snr, level } = measure(resampleAll(tone(frequency, 0.6, rate), rate), frequency);
    assert.ok(snr > 80 && Math.abs(level - 0.5) < 0.001, `${rate} Hz: ${snr.toFixed(1)} dB, level ${level}`);
  }
});

test('[AU13] what 48 kHz cannot hold does not fold back', () => {
  for (const [rate, frequencies] of [[88_200, [24_500, 30_000, 43_000]], [96_000, [24_500, 36_000, 47_000]], [192_000, [25_000, 60_000, 95_000]]] as const) {
    for (const frequency of frequencies) {
      const output = resampleAll(tone(frequency, 0.3, rate), rate).subarray(1_000, -1_000);
      const loudest = output.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      assert.ok(20 * Math.log10(loudest / 0.5) < -80, `${frequency} Hz at ${rate} Hz: ${20 * Math.log10(loudest / 0.5)} dB`);
    }
  }
});

test('[AU13] the length is exact and the pieces are of no matter', () => {
  for (const rate of [...RATES, 48_000]) {
    for (const length of [0, 1, 2, 100, 4_801]) {
      const input = tone(440, length / rate, rate);
      const whole = resampleAll(input, rate);
      assert.equal(whole.length, Math.ceil((input.length * 48_000) / rate), `${length} at ${rate}`);
      const resampler = new Resampler(rate);
      const pieces: number[] = [];
      for (let at = 0; at < input.length; at += 37) pieces.push(...resampler.push(input.subarray(at, at + 37)));
      assert.deepEqual([...pieces, ...resampler.finish()], [...whole], `${length} at ${rate}`);
    }
  }
});

test('[AU8] a rate that is none is refused', () => {
  for (const rate of [0, 999, 768_001, 44_100.5, Number.NaN]) {
    assert.throws(() => new Resampler(rate), (error) => error instanceof AudioError && error.reason === 'unsupported');
  }
});
