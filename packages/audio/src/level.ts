import { toDecibels } from './decibels.ts';
import { OPUS_RATE } from './opus-packet.ts';

/** A sample as large as the largest that 16 bits hold counts as clipped. */
export const CLIPPED_AMPLITUDE = 32_767 / 32_768;

/** What was measured in 20 ms of sound. */
export type LevelFrame = {
  /** dBFS, `SILENCE_DB` at the least. */
  readonly peakDb: number;
  readonly rmsDb: number;
  readonly clippedSamples: number;
  /** Samples that are exactly 0: all of them where no sound came at all, next to none from a working microphone. */
  readonly zeroSamples: number;
};

/** What was measured since the beginning. Plain data; what it means is judged elsewhere. */
export type LevelTotals = {
  readonly samples: number;
  readonly peakDb: number;
  readonly rmsDb: number;
  readonly clippedSamples: number;
  /** Samples that were no numbers; they count as 0. */
  readonly invalidSamples: number;
  /** Samples in the longest unbroken run of exact zeros, and in the one at the end. */
  readonly longestZeroRun: number;
  readonly currentZeroRun: number;
};

/** Measures sound as it is captured. */
export class LevelMeter {
  readonly #frameSamples: number;
  #filled = 0;
  #framePeak = 0;
  #frameEnergy = 0;
  #frameClipped = 0;
  #frameZeros = 0;
  #samples = 0;
  #peak = 0;
  #energy = 0;
  #clipped = 0;
  #invalid = 0;
  #zeroRun = 0;
  #longestZeroRun = 0;

  constructor(sampleRate = OPUS_RATE) {
    this.#frameSamples = Math.round(sampleRate / 50);
  }

  /** Returns the 20 ms frames that these samples complete. */
  push(samples: Float32Array): LevelFrame[] {
    const frames: LevelFrame[] = [];
    for (let at = 0; at < samples.length; at += 1) {
      this.#sample(samples[at] as number);
      if (this.#filled === this.#frameSamples) frames.push(this.#closeFrame());
    }
    return frames;
  }

  totals(): LevelTotals {
    const samples = this.#samples + this.#filled;
    const energy = this.#energy + this.#frameEnergy;
    return {
      samples,
      peakDb: toDecibels(Math.max(this.#peak, this.#framePeak)),
      rmsDb: samples === 0 ? toDecibels(0) : toDecibels(Math.sqrt(energy / samples)),
      clippedSamples: this.#clipped + this.#frameClipped,
      invalidSamples: this.#invalid,
      longestZeroRun: Math.max(this.#longestZeroRun, this.#zeroRun),
      currentZeroRun: this.#zeroRun,
    };
  }

  #sample(sample: number): void {
    let amplitude = Math.abs(sample);
    if (!Number.isFinite(amplitude)) {
      this.#invalid += 1;
      amplitude = 0;
    }
    this.#filled += 1;
    if (amplitude === 0) {
      this.#frameZeros += 1;
      this.#zeroRun += 1;
      return;
    }
    if (this.#zeroRun > this.#longestZeroRun) this.#longestZeroRun = this.#zeroRun;
    this.#zeroRun = 0;
    if (amplitude > this.#framePeak) this.#framePeak = amplitude;
    if (amplitude >= CLIPPED_AMPLITUDE) this.#frameClipped += 1;
    this.#frameEnergy += amplitude * amplitude;
  }

  #closeFrame(): LevelFrame {
    const frame = {
      peakDb: toDecibels(this.#framePeak), rmsDb: toDecibels(Math.sqrt(this.#frameEnergy / this.#filled)),
      clippedSamples: this.#frameClipped, zeroSamples: this.#frameZeros,
    };
    this.#samples += this.#filled;
    this.#peak = Math.max(this.#peak, this.#framePeak);
    this.#energy += this.#frameEnergy;
    this.#clipped += this.#frameClipped;
    this.#filled = this.#framePeak = this.#frameEnergy = this.#frameClipped = this.#frameZeros = 0;
    return frame;
  }
}
