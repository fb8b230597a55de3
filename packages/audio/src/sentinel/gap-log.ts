import type { Gap } from './judgement.ts';
import { DROPOUT_CLEAR_S, DROPOUT_WINDOW_S } from './limits.ts';

/** More gaps than this between two askings are told as so many and no more. */
const MAX_GAPS = 1_000;

/** The holes in the sound, in samples. */
export class GapLog {
  readonly #rate: number;
  /** Where the sound went on, in captured samples, and what is missing. */
  #recent: { end: number; length: number }[] = [];
  #untold: Gap[] = [];

  constructor(rate: number) {
    this.#rate = rate;
  }

  /** A hole at this captured sample, so many samples long. */
  add(at: number, length: number): void {
    const gap = { at: at / this.#rate, milliseconds: this.#milliseconds(length) };
    this.#recent.push({ end: at, length });
    if (this.#untold.length < MAX_GAPS) this.#untold.push(gap);
  }

  take(): Gap[] {
    return this.#untold.splice(0);
  }

  /** Those of the last seconds before this captured sample. */
  lately(now: number): { count: number; lostMs: number; longestMs: number; lately: number } {
    this.#recent = this.#recent.filter(({ end }) => now - end <= DROPOUT_CLEAR_S * this.#rate);
    const last = this.#recent.filter(({ end }) => now - end <= DROPOUT_WINDOW_S * this.#rate);
    return {
      count: last.length, lostMs: this.#milliseconds(last.reduce((sum, { length }) => sum + length, 0)),
      longestMs: this.#milliseconds(last.reduce((longest, { length }) => Math.max(longest, length), 0)), lately: this.#recent.length,
    };
  }

  #milliseconds(samples: number): number {
    return Math.round((samples * 1_000) / this.#rate);
  }
}
