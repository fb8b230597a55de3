import type { Clock } from '@earshot/base/clock.ts';

/** A wait is counted in pieces: what is cut off by the end of a program is not counted. Milliseconds. */
const PIECE = 60_000;

/**
 * What time it is at the server, at the least. What a device's clock shows is never trusted: it may be put forward, and what should be there for another
 * day, or minute, would be gone. Only what passed while somebody waited counts, and what the server says.
 */
export class ServerTime {
  readonly #clock: Clock;
  #at = 0;
  /** By how much the server's clock is before this device's. */
  #ahead: number;
  /** Ends what sleeps: it may be later than it thought. */
  #told = new AbortController();
  /** Goes on while those who wait come and go: what passed counts once. */
  #piece: Promise<void> | null = null;

  /** `ahead`: as it was when this device last heard of it, milliseconds. */
  constructor(clock: Clock, ahead = 0) {
    this.#clock = clock;
    this.#ahead = ahead;
  }

  /** Milliseconds since 1970; 0 before the server ever said. */
  now(): number {
    return this.#at;
  }

  /** For what is only shown and lets nothing end: this device's clock, put right by what the server said. */
  shown(): number {
    return this.#clock.now() + this.#ahead;
  }

  /** The server said so just now. Answers by how much its clock is before this device's. */
  heard(now: number): number {
    this.#ahead = now - this.#clock.now();
    this.#tell(now);
    return this.#ahead;
  }

  #tell(now: number): void {
    this.#at = now;
    this.#told.abort();
    this.#told = new AbortController();
  }

  /** It was this late there, at some time before. */
  atLeast(then: number): void {
    if (then > this.#at) this.#tell(then);
  }

  /** Waits until so much has passed, or less: it looks again at least once a minute. `wake` ends this wait, `end` all of them. */
  async sleep(ms: number, end: AbortSignal, wake = end): Promise<void> {
    const over = new AbortController();
    this.#piece ??= this.#pass(Math.min(ms, PIECE), end).finally(() => (this.#piece = null));
    await Promise.race([this.#piece, this.#clock.sleep(ms, AbortSignal.any([end, wake, over.signal]))]);
    over.abort();
  }

  async #pass(ms: number, end: AbortSignal): Promise<void> {
    const over = AbortSignal.any([end, this.#told.signal]);
    await this.#clock.sleep(ms, over);
    // What was slept through has passed, whatever the clock shows.
    if (this.#at !== 0 && !over.aborted) this.#at += ms;
  }
}
