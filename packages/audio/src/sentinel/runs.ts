import { FLAT_MS, GAP_EDGE_BELOW_VOICE_DB, GAP_EDGE_DB, GAP_MS, GATE_RUN_MS, SHORT_GAP_ALLOWANCE_DB, SHORT_GAP_MS } from './limits.ts';

/** What counts as 0: under half of what 16 bits can hold. */
const NOTHING = 1 / 65_536;
/** The loudness just before a run fades within 2 ms (at 48 kHz), so that it is that of the cut and not of the word. */
const EDGE_DECAY = 0.98;

/** A run of zeros that has ended. */
export interface EndedRun {
  /** Samples. */
  readonly length: number;
  /** It cut into sound, so something is missing; otherwise a gate had closed behind it. */
  readonly gap: boolean;
}

/** Follows runs of one value (a dead microphone) and of zeros (a gap or a gate). */
export class Runs {
  readonly #rate: number;
  #last = Number.NaN;
  #flat = 0;
  #zeros = 0;
  #edge = 0;
  #loud = amplitudeOf(GAP_EDGE_DB);
  #gateRuns = 0;

  constructor(rate: number) {
    this.#rate = rate;
  }

  /** Samples that have had one and the same value until now. */
  get flat(): number {
    return this.#flat;
  }

  get flatMs(): number {
    return (this.#flat * 1_000) / this.#rate;
  }

  /** How often sound faded into zeros and came back. */
  get gateRuns(): number {
    return this.#gateRuns;
  }

  /** The voice's level (dBFS), against which the edge of a gap is loud. */
  hear(voiceDb: number): void {
    this.#loud = amplitudeOf(Math.max(GAP_EDGE_DB, voiceDb - GAP_EDGE_BELOW_VOICE_DB));
  }

  push(sample: number): EndedRun | null {
    this.#flat = sample === this.#last ? this.#flat + 1 : 1;
    this.#last = sample;
    const amplitude = Math.abs(sample);
    if (amplitude < NOTHING) {
      this.#zeros += 1;
      return null;
    }
    const ended = this.#zeros > 0 ? this.#end() : null;
    this.#edge = Math.max(amplitude, this.#edge * EDGE_DECAY);
    return ended;
  }

  #end(): EndedRun | null {
    const length = this.#zeros;
    const milliseconds = (length * 1_000) / this.#rate;
    const allowance = milliseconds < SHORT_GAP_MS ? amplitudeOf(-SHORT_GAP_ALLOWANCE_DB) : 1;
    const loud = this.#edge >= this.#loud * allowance;
    this.#zeros = 0;
    this.#edge = 0;
    if (!loud && milliseconds >= GATE_RUN_MS) this.#gateRuns += 1;
    if (milliseconds < GAP_MS) return null;
    // What was that long has been named for what it was.
    return { length, gap: loud && milliseconds < FLAT_MS };
  }
}

function amplitudeOf(decibels: number): number {
  return 10 ** (decibels / 20);
}
