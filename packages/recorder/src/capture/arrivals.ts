/** Samples in a millisecond. */
const PER_MS = 48;
/** Two clocks differ by less than this share: what comes later than that explains is waiting somewhere. */
const DRIFT = 0.0005;
/** Milliseconds. What is later than that waits nowhere: it was never captured, as when the machine slept. */
const LOST = 5_000;

/**
 * How far the sound that has arrived is behind what was captured. The way of a sample that came sooner than any other is taken for
 * the shortest there is; whatever the clock says is there and did not arrive is still under way: in a queue of the browser's, in a round
 * that is not full, in a thread that gets no processor.
 */
export class Arrivals {
  /** When sample 0 was captured, as far as the soonest arrival tells, in milliseconds of the same clock as `now`; null before the first. */
  #origin: number | null = null;
  #samples = 0;
  #looked = 0;

  /** So many samples more are here, or known to be lost. */
  push(samples: number, now: number): void {
    this.#samples += samples;
    const origin = now - this.#samples / PER_MS;
    const known = this.#origin ?? origin;
    this.#origin = origin - known > LOST ? origin : Math.min(origin, known + (now - this.#looked) * DRIFT);
    this.#looked = now;
  }

  /** Samples that were captured until `now` and are not here. */
  behind(now: number): number {
    return this.#origin === null ? 0 : Math.max(0, Math.round((now - this.#origin) * PER_MS) - this.#samples);
  }
}
