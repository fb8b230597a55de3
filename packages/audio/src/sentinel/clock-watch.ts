import {
  CLOCK_GAP_MS, CLOCK_JITTER_MS, CLOCK_WINDOW_MS, COARSE_DEVIATION, COARSE_WINDOWS, FINE_DEVIATION, FINE_WINDOWS, RATE_TOLERANCE, USUAL_RATES,
} from './limits.ts';

/** Milliseconds between two looks after which nothing can be said about the time between them: a thread stood still, or the device slept. */
const BLIND_MS = 1_000;

/** Milliseconds. */
interface Lag {
  readonly clock: number;
  readonly lag: number;
}

const NO_LAG: Lag = { clock: 0, lag: Number.POSITIVE_INFINITY };

export interface MeasuredRate {
  readonly declaredHz: number;
  /** As measured, and the usual rate that it must be. */
  readonly measuredHz: number;
  readonly nearestHz: number;
}

/**
 * Compares the samples that arrive with a clock. The lag is the sound that the clock allows for and that has not come. Its smallest
 * value in each window of 250 ms does not depend on how deliveries are bundled: it stays where it is when all is well, rises once
 * when a piece is missing, and rises or falls steadily when the rate is another one than declared.
 *
 * ```
 *  lag  │            ____  gap          │      /  wrong rate
 *       │  _________/                   │    /
 *       └───────────────── time         └──/────────── time
 * ```
 */
export class ClockWatch {
  readonly #rate: number;
  #origin: { clock: number; samples: number } | null = null;
  #lastClock = 0;
  #windowEnd = 0;
  #least: Lag = NO_LAG;
  /** The smallest lag of each whole window; the oldest first. */
  #lags: Lag[] = [];

  constructor(rate: number) {
    this.#rate = rate;
  }

  /** What was measured before says nothing about what comes. */
  restart(): void {
    this.#origin = null;
  }

  /** `samples` arrived, or reported as missing, since the beginning. Returns the milliseconds that a new gap has, or 0. */
  look(clock: number, samples: number): number {
    if (this.#origin === null || clock - this.#lastClock > BLIND_MS) this.#begin(clock, samples);
    this.#lastClock = clock;
    const origin = this.#origin;
    if (origin === null) return 0;
    const lag = clock - origin.clock - ((samples - origin.samples) * 1_000) / this.#rate;
    if (lag < this.#least.lag) this.#least = { clock, lag };
    if (clock < this.#windowEnd) return 0;
    this.#lags.push(this.#least);
    if (this.#lags.length > FINE_WINDOWS) this.#lags.shift();
    this.#least = NO_LAG;
    this.#windowEnd = clock + CLOCK_WINDOW_MS;
    return this.#gap();
  }

  /** The rate at which samples really come, if it is clearly another one than declared. */
  wrongRate(): MeasuredRate | null {
    const coarse = this.#steady(COARSE_WINDOWS);
    const share = coarse !== null && Math.abs(1 - coarse) >= COARSE_DEVIATION ? coarse : this.#steady(FINE_WINDOWS);
    if (share === null || Math.abs(1 - share) < FINE_DEVIATION) return null;
    const measuredHz = this.#rate * share;
    const nearestHz = USUAL_RATES.find((usual) => Math.abs(measuredHz - usual) <= usual * RATE_TOLERANCE);
    if (nearestHz === undefined || nearestHz === this.#rate) return null;
    return { declaredHz: this.#rate, measuredHz: Math.round(measuredHz), nearestHz };
  }

  #begin(clock: number, samples: number): void {
    this.#origin = { clock, samples };
    this.#windowEnd = clock + CLOCK_WINDOW_MS;
    this.#least = NO_LAG;
    this.#lags = [];
  }

  /** Samples per declared sample over the last windows, if each of them agrees with the whole. */
  #steady(windows: number): number | null {
    const lags = this.#lags.slice(-windows);
    const [first, last] = [lags[0], lags.at(-1)];
    if (lags.length < windows || first === undefined || last === undefined) return null;
    const slope = (last.lag - first.lag) / (last.clock - first.clock);
    const steady = lags.every(({ clock, lag }) => {
      const strayed = lag - first.lag - slope * (clock - first.clock);
      return Math.abs(strayed) <= Math.max(CLOCK_JITTER_MS, 0.2 * Math.abs(slope) * CLOCK_WINDOW_MS);
    });
    return steady ? 1 - slope : null;
  }

  /** A rise between two times at which the lag stood still. */
  #gap(): number {
    const [a, , c, d] = this.#lags.slice(-4);
    if (a === undefined || c === undefined || d === undefined) return 0;
    const risen = Math.min(c.lag, d.lag) - a.lag;
    const stands = Math.abs(d.lag - c.lag) < CLOCK_JITTER_MS;
    if (risen < CLOCK_GAP_MS || !stands) return 0;
    this.#lags = [c, d].map(({ clock, lag }) => ({ clock, lag: lag - risen }));
    if (this.#origin !== null) this.#origin = { ...this.#origin, clock: this.#origin.clock + risen };
    return Math.round(risen);
  }
}
