import type { Clock } from '@earshot/base/clock.ts';
import { Failure } from '@earshot/protocol/failures.ts';

const WINDOW = 60_000;
/** Addresses counted at once: more of them in one window count as one. */
const MOST = 10_000;

/**
 * So many requests an address and minute. Counted in memory and not in the store: it guards what must answer when the store does
 * not, and several processes allow several times as much without harm.
 */
export class Allowance {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #allowed: number;
  #until = 0;
  #counts = new Map<string, number>();

  constructor(clock: Pick<Clock, 'now'>, allowed: number) {
    this.#clock = clock;
    this.#allowed = allowed;
  }

  /** Fails with `limit.tries`. */
  take(address: string): void {
    const now = this.#clock.now();
    if (now >= this.#until || this.#until - now > WINDOW) {
      this.#until = now + WINDOW;
      this.#counts = new Map();
    }
    const key = this.#counts.has(address) || this.#counts.size < MOST ? address : '';
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    if (count > this.#allowed) throw new Failure('limit.tries', { until: this.#until });
  }
}
