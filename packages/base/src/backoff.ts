import type { Random } from './random.ts';

/** Exponential waiting with full jitter, so that many clients do not come back in the same instant. */
export interface BackoffRule {
  /** Milliseconds; the ceiling of the first wait. */
  readonly first: number;
  /** Milliseconds; no wait is longer. */
  readonly longest: number;
  /** By how much each further ceiling is higher; twice when not said. */
  readonly factor?: number;
}

/**
 * For a way that is not there: to ask costs next to nothing, and whoever waits wants to go on as soon as it is back. The waits grow with the
 * time it was away: under a second for the first 10 s, about 4 s after a minute.
 */
export const AWAY_BACKOFF: BackoffRule = { first: 250, longest: 60_000, factor: 1.05 };

/** Milliseconds to wait after `attempts` failures in a row (1 or more): between half the ceiling and the ceiling. */
export function backoff(rule: BackoffRule, attempts: number, random: Random): number {
  const ceiling = Math.min(rule.longest, rule.first * (rule.factor ?? 2) ** Math.min(attempts - 1, 300));
  return Math.round(ceiling * (0.5 + random.fraction() / 2));
}
