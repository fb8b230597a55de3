import type { Random } from './random.ts';

/** Exponential waiting with full jitter, so that many clients do not come back in the same instant. */
export interface BackoffRule {
  /** Milliseconds; the ceiling of the first wait. */
  readonly first: number;
  /** Milliseconds; no wait is longer. */
  readonly longest: number;
}

/** Milliseconds to wait after `attempts` failures in a row (1 or more): between half the ceiling and the ceiling. */
export function backoff(rule: BackoffRule, attempts: number, random: Random): number {
  const ceiling = Math.min(rule.longest, rule.first * 2 ** Math.min(attempts - 1, 30));
  return Math.round(ceiling * (0.5 + random.fraction() / 2));
}
