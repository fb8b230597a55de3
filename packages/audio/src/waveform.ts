import { toDecibels } from './decibels.ts';
import { OPUS_RATE } from './opus-packet.ts';

/** One bar is a tenth of a second of captured frames. */
export const BARS_PER_SECOND = 10;
/** Bars in an event's body: more than a phone is wide, and few enough for any message. */
export const MAX_BODY_BARS = 256;
/** What is as quiet as this, or quieter, has no height. */
export const WAVEFORM_FLOOR_DB = -60;

/**
 * The height of a bar, 0 to 255, for a peak amplitude. Linear in decibels, as loudness is heard: 0 at -60 dBFS and below,
 * 255 at full scale, 4.25 for each dB.
 */
export function barHeight(peak: number): number {
  const above = (toDecibels(peak) - WAVEFORM_FLOOR_DB) / -WAVEFORM_FLOOR_DB;
  return Math.round(255 * Math.min(1, Math.max(0, above)));
}

/** Makes the bars of a waveform from frames as they are captured. */
export class WaveformCollector {
  readonly #barSamples: number;
  #bars = new Uint8Array(600);
  #length = 0;
  #peak = 0;
  #filled = 0;

  constructor(sampleRate = OPUS_RATE) {
    this.#barSamples = Math.round(sampleRate / BARS_PER_SECOND);
  }

  /** Returns the bars that these frames complete. */
  push(frames: Float32Array): Uint8Array<ArrayBuffer> {
    const before = this.#length;
    for (let at = 0; at < frames.length; at += 1) {
      const amplitude = Math.abs(frames[at] as number);
      if (amplitude > this.#peak) this.#peak = amplitude; // never true for NaN
      this.#filled += 1;
      if (this.#filled === this.#barSamples) this.#close();
    }
    return this.#bars.slice(before, this.#length);
  }

  /** All bars up to now, the last one perhaps of less than a tenth of a second. */
  bars(): Uint8Array<ArrayBuffer> {
    const whole = this.#bars.slice(0, this.#length + (this.#filled > 0 ? 1 : 0));
    if (this.#filled > 0) whole[this.#length] = barHeight(this.#peak);
    return whole;
  }

  #close(): void {
    if (this.#length + 1 >= this.#bars.length) {
      const roomier = new Uint8Array(this.#bars.length * 2);
      roomier.set(this.#bars);
      this.#bars = roomier;
    }
    this.#bars[this.#length] = barHeight(this.#peak);
    this.#length += 1;
    this.#peak = 0;
    this.#filled = 0;
  }
}

/**
 * The waveform in a given number of bars. With fewer, each shows the highest of those it stands for, so that no sound
 * disappears; with more, the same height is repeated.
 */
export function resizeWaveform(bars: Uint8Array, count: number): Uint8Array<ArrayBuffer> {
  const resized = new Uint8Array(count);
  for (let bar = 0; bar < count && bars.length > 0; bar += 1) {
    const start = Math.floor((bar * bars.length) / count);
    const end = Math.max(start + 1, Math.floor(((bar + 1) * bars.length) / count));
    resized[bar] = bars.subarray(start, end).reduce((highest, height) => Math.max(highest, height), 0);
  }
  return resized;
}

/** As it travels in an event's body: at most 256 bars. */
export function bodyWaveform(bars: Uint8Array): Uint8Array<ArrayBuffer> {
  return bars.length > MAX_BODY_BARS ? resizeWaveform(bars, MAX_BODY_BARS) : bars.slice();
}
