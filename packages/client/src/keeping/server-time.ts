import type { Clock } from '@earshot/base/clock.ts';

/** So much passing of time is believed of a device's clock without a word from the server. Milliseconds. */
const BELIEVED = 60_000;

/**
 * What time it is at the server, at the least. A device's clock is never trusted: it may be put forward, and what should be there for another
 * day would be gone. Only what passed while somebody watched counts, and what the server says.
 */
export class ServerTime {
  readonly #clock: Clock;
  #at = 0;
  #since: number;
  /** By how much the server's clock is before this device's. */
  #ahead: number;
  /** Ends what sleeps: it may be later than it thought. */
  #told = new AbortController();

  /** `ahead`: as it was when this device last heard of it, milliseconds. */
  constructor(clock: Clock, ahead = 0) {
    this.#clock = clock;
    this.#ahead = ahead;
    this.#since = clock.now();
  }

  /** Milliseconds since 1970; 0 before the server ever said. */
  now(): number {
    return this.#at === 0 ? 0 : this.#at + Math.max(0, Math.min(this.#clock.now() - this.#since, BELIEVED));
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
    this.#set(now);
    this.#told.abort();
    this.#told = new AbortController();
  }

  /** It was this late there, at some time before. */
  atLeast(then: number): void {
    if (then > this.now()) this.#tell(then);
  }

  /** Waits until so much has passed, or less: it looks again at least once a minute. */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    const [before, pause] = [this.now(), Math.min(ms, BELIEVED)];
    const ends = AbortSignal.any([signal, this.#told.signal]);
    await this.#clock.sleep(pause, ends);
    // What was slept through has passed, whatever the clock shows.
    if (this.#at !== 0 && !ends.aborted) this.#set(Math.max(this.now(), before + pause));
  }

  #set(now: number): void {
    this.#at = now;
    this.#since = this.#clock.now();
  }
}
