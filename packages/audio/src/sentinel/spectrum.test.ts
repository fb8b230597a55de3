import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Spectrum } from './spectrum.ts';

test('[SENT3] the bands of a frame add up to the mean of its squares, and a tone lies in its own', () => {
  for (const rate of [16_000, 44_100, 48_000]) {
    const size = rate / 50;
    const spectrum = new Spectrum(size, rate);
    spectrum.read(Float32Array.from({ length: size }, (_, at) => 0.5 * Math.sin((2 * Math.PI * 1_000 * at) / rate)));
    const all = spectrum.power(0, rate / 2);
    assert.ok(Math.abs(10 * Math.log10(all / 0.125)) < 0.1, `${all} at ${rate} Hz`);
    assert.ok(spectrum.power(800, 1_200) > 0.999 * all);
    assert.ok(spectrum.power(3_000, rate / 2) < 1e-8 * all);
  }
});
