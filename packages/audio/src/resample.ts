import { AudioError } from './audio-error.ts';
import { OPUS_RATE } from './opus-packet.ts';
import { makeFilter, type PolyphaseFilter } from './resample-filter.ts';
import { MAX_SAMPLE_RATE, MIN_SAMPLE_RATE } from './wav-format.ts';

/** Beyond this many phases, weights between two rows are interpolated instead of stored. */
const MAX_EXACT_PHASES = 1_024;
const INTERPOLATED_PHASES = 2_048;

/**
 * Changes the sampling rate to 48 kHz, piece by piece, without delay: the first sample out lies where the first sample in
 * lay, and n samples in give ceil(n * 48000 / rate) out in all. The pieces may be of any size; the result does not depend on them.
 */
export class Resampler {
  /** 48000 / rate as a fraction in lowest terms. */
  readonly #up: number;
  readonly #down: number;
  readonly #filter: PolyphaseFilter | null;
  /** Input that is still needed; before its beginning lie `#dropped` samples, the first `taps / 2 - 1` of them silence. */
  #held: Float32Array<ArrayBuffer>;
  #heldLength: number;
  #dropped = 0;
  #inputs = 0;
  #outputs = 0;

  /** `rate` in Hz. Throws `AudioError` ('unsupported') outside 1 kHz to 768 kHz and for a rate that is no whole number. */
  constructor(rate: number) {
    if (!Number.isInteger(rate) || rate < MIN_SAMPLE_RATE || rate > MAX_SAMPLE_RATE) {
      throw new AudioError('unsupported', 'sample-rate', `A sample rate of ${rate} Hz.`, { sampleRate: rate });
    }
    const divisor = gcd(OPUS_RATE, rate);
    this.#up = OPUS_RATE / divisor;
    this.#down = rate / divisor;
    const phases = this.#up <= MAX_EXACT_PHASES ? this.#up : INTERPOLATED_PHASES;
    this.#filter = rate === OPUS_RATE ? null : makeFilter(OPUS_RATE / rate, phases);
    this.#heldLength = this.#filter === null ? 0 : this.#filter.taps / 2 - 1;
    this.#held = new Float32Array(this.#heldLength + 4_096);
  }

  push(input: Float32Array): Float32Array<ArrayBuffer> {
    if (this.#filter === null) return input.slice();
    this.#inputs += input.length;
    this.#hold(input);
    return this.#make(this.#filter, Infinity);
  }

  /** The samples that were waiting for more input. The resampler is of no further use. */
  finish(): Float32Array<ArrayBuffer> {
    if (this.#filter === null) return new Float32Array(0);
    const total = Math.ceil((this.#inputs * this.#up) / this.#down);
    this.#hold(new Float32Array(this.#filter.taps));
    return this.#make(this.#filter, total);
  }

  #hold(input: Float32Array): void {
    const length = this.#heldLength + input.length;
    if (length > this.#held.length) {
      const roomier = new Float32Array(length * 2);
      roomier.set(this.#held.subarray(0, this.#heldLength));
      this.#held = roomier;
    }
    this.#held.set(input, this.#heldLength);
    this.#heldLength = length;
  }

  /** All output for which the input is there, up to `limit` samples since the beginning. */
  #make(filter: PolyphaseFilter, limit: number): Float32Array<ArrayBuffer> {
    // Output n lies at input n * down / up; its first tap is that, rounded down, in an input led by taps / 2 - 1 zeros.
    const lastStart = this.#dropped + this.#heldLength - filter.taps;
    const reachable = lastStart < 0 ? 0 : Math.floor(((lastStart + 1) * this.#up - 1) / this.#down) + 1;
    const count = Math.max(0, Math.min(reachable, limit) - this.#outputs);
    const output = new Float32Array(count);
    for (let index = 0; index < count; index += 1) output[index] = this.#sampleAt(filter, this.#outputs + index);
    this.#outputs += count;
    this.#drop(Math.floor((this.#outputs * this.#down) / this.#up));
    return output;
  }

  #sampleAt(filter: PolyphaseFilter, index: number): number {
    const position = index * this.#down;
    const remainder = position % this.#up;
    const start = (position - remainder) / this.#up - this.#dropped;
    if (filter.phases === this.#up) return weigh(this.#held, start, filter, remainder);
    const phase = (remainder / this.#up) * filter.phases;
    const row = Math.floor(phase);
    const part = phase - row;
    return weigh(this.#held, start, filter, row) * (1 - part) + weigh(this.#held, start, filter, row + 1) * part;
  }

  #drop(start: number): void {
    const count = Math.min(start - this.#dropped, this.#heldLength);
    if (count <= 0) return;
    this.#held.copyWithin(0, count, this.#heldLength);
    this.#heldLength -= count;
    this.#dropped += count;
  }
}

/** One output sample: `taps` input samples from `start`, weighed with one row of the filter. */
function weigh(input: Float32Array, start: number, filter: PolyphaseFilter, row: number): number {
  const { taps, weights } = filter;
  const base = row * taps;
  let even = 0;
  let odd = 0;
  for (let tap = 0; tap < taps; tap += 2) {
    even += (input[start + tap] as number) * (weights[base + tap] as number);
    odd += (input[start + tap + 1] as number) * (weights[base + tap + 1] as number);
  }
  return even + odd;
}

/** A whole recording at once. */
export function resampleAll(input: Float32Array, rate: number): Float32Array<ArrayBuffer> {
  const resampler = new Resampler(rate);
  const body = resampler.push(input);
  const tail = resampler.finish();
  const output = new Float32Array(body.length + tail.length);
  output.set(body);
  output.set(tail, body.length);
  return output;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
