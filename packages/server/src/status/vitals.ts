import type { Clock } from '@earshot/base/clock.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { ComponentName, IncidentCause } from '@earshot/protocol/incidents.ts';

/** How a part fared lately, by what it did for people. Times in milliseconds since 1970. */
export interface Vital {
  /** When it last worked. */
  readonly good: number | null;
  /** It failed and has not worked since. */
  readonly failing: { readonly since: number; readonly last: number; readonly cause: IncidentCause } | null;
}

/** Parts that tell by their work how they are. */
export type Working = Extract<ComponentName, 'database' | 'uploads' | 'live' | 'push' | 'upkeep'>;

/** What the parts of this process say of themselves, the latest of each. */
export class Vitals {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #vitals = new Map<Working, Vital>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  of(part: Working): Vital | null {
    return this.#vitals.get(part) ?? null;
  }

  good(part: Working): void {
    this.#vitals.set(part, { good: this.#clock.now(), failing: null });
  }

  bad(part: Working, error: unknown): void {
    const { good, failing } = this.#vitals.get(part) ?? { good: null, failing: null };
    const last = this.#clock.now();
    this.#vitals.set(part, { good, failing: { since: failing?.since ?? last, last, cause: isFull(error) ? 'storage.full' : `${part}.failed` } });
  }

  /** Does the work and notes how it went. */
  async note<T>(part: Working, work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      this.good(part);
      return result;
    } catch (error) {
      this.bad(part, error);
      throw error;
    }
  }
}

export function isFull(error: unknown): boolean {
  if (error instanceof Failure) return error.code === 'server.storage';
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
