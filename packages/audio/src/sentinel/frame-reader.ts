import { CLIPPED_AMPLITUDE } from '../level.ts';
import { PLATEAU_AMPLITUDE, PLATEAU_SAMPLES } from './limits.ts';
import { Spectrum } from './spectrum.ts';

/** What is measured in 20 ms. */
export interface FrameFeatures {
  /** Level of what a voice has, 200 Hz to 10 kHz, dBFS; at least -140. */
  readonly voiceDb: number;
  /** Samples at full scale or on a flat top. */
  readonly clipped: number;
  /** Samples in runs of one value, longer than a millisecond: a hole, or no sound at all. */
  readonly flat: number;
  /** Density, in dB re full scale per Hz, just below the edges of call modes, and how far it falls behind them, dB. */
  readonly below4kDb: number;
  readonly fall4kDb: number;
  readonly below8kDb: number;
  readonly fall8kDb: number;
}

/** Where filters of call modes end: around 3.4 kHz for a rate of 8 kHz, around 7 kHz for 16 kHz. Hz, below and above the edge. */
const EDGE_4K = { below: [2_600, 3_300], above: [4_300, 5_500] } as const;
const EDGE_8K = { below: [6_300, 7_500], above: [8_500, 10_500] } as const;

/** From above rumble and hum to the end of sibilants: a long s has next to nothing below 4 kHz. */
const VOICE: Band = [200, 10_000];

type Band = readonly [number, number];

/** Cuts captured sound into frames of 20 ms and measures each. */
export class FrameReader {
  readonly frameSamples: number;
  readonly #rate: number;
  readonly #spectrum: Spectrum;
  readonly #frame: Float32Array;
  readonly #flatSamples: number;
  #filled = 0;
  #last = Number.NaN;
  #run = 0;
  #clipped = 0;
  #flat = 0;

  constructor(rate: number) {
    this.#rate = rate;
    this.frameSamples = Math.round(rate / 50);
    this.#flatSamples = Math.round(rate / 1_000);
    this.#spectrum = new Spectrum(this.frameSamples, rate);
    this.#frame = new Float32Array(this.frameSamples);
  }

  /** Takes in one sample; the features of the frame that it completes, if it does. */
  push(sample: number): FrameFeatures | null {
    this.#run = sample === this.#last ? this.#run + 1 : 1;
    this.#last = sample;
    if (this.#run > this.#flatSamples) this.#flat += 1;
    this.#countClipped(Math.abs(sample));
    this.#frame[this.#filled] = sample;
    this.#filled += 1;
    return this.#filled === this.frameSamples ? this.#close() : null;
  }

  #countClipped(amplitude: number): void {
    if (amplitude >= CLIPPED_AMPLITUDE || (amplitude >= PLATEAU_AMPLITUDE && this.#run > PLATEAU_SAMPLES)) this.#clipped += 1;
    else if (amplitude >= PLATEAU_AMPLITUDE && this.#run === PLATEAU_SAMPLES) this.#clipped += PLATEAU_SAMPLES;
  }

  #close(): FrameFeatures {
    this.#spectrum.read(this.#frame);
    const at4k = this.#edge(EDGE_4K.below, EDGE_4K.above);
    const at8k = this.#edge(EDGE_8K.below, EDGE_8K.above);
    const features = {
      voiceDb: decibels(this.#spectrum.power(...VOICE)), clipped: this.#clipped, flat: this.#flat,
      below4kDb: at4k.below, fall4kDb: at4k.fall, below8kDb: at8k.below, fall8kDb: at8k.fall,
    };
    this.#filled = this.#clipped = this.#flat = 0;
    return features;
  }

  /** A rate that does not reach beyond an edge cannot tell anything about it. */
  #edge(below: Band, above: Band): { below: number; fall: number } {
    if (this.#rate < 2 * above[1]) return { below: Number.NEGATIVE_INFINITY, fall: 0 };
    const [belowDb, aboveDb] = [this.#density(below), this.#density(above)];
    return { below: belowDb, fall: belowDb - aboveDb };
  }

  #density([from, to]: Band): number {
    return decibels(this.#spectrum.power(from, to) / (to - from), -200);
  }
}

/** Of a power. */
function decibels(power: number, least = -140): number {
  return power > 0 ? Math.max(least, 10 * Math.log10(power)) : least;
}
