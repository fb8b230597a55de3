import { limits } from '@earshot/protocol/limits.ts';
import { type Retention, usualRetention } from '@earshot/protocol/retention.ts';
import type { Dice } from './dice.ts';

const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** Seconds after which messages of a world may expire. */
const EXPIRIES = [0, 120, 3 * 86_400, 30 * 86_400] as const;

/** What the operator of a world set. */
export function drawRetention(dice: Dice): Retention {
  const [least, most] = [dice.pick([0, 0, 60]), dice.pick([limits.expirySeconds, 30 * 86_400])];
  return { rest: dice.pick([1, 1, 2]) * usualRetention.rest, least, most, usual: dice.pick([null, null, 120, 3 * 86_400]) };
}

/** An expiry that somebody chooses: one that the operator allows, or none. */
export function drawExpiry(dice: Dice, { least, most }: Retention): number | null {
  return dice.pick([null, ...EXPIRIES.filter((seconds) => seconds >= least && seconds <= most)]);
}

/** How much time passes while nobody does anything. Milliseconds. */
export function drawLeap(dice: Dice): number {
  return dice.pick([600_000, 5 * HOUR, DAY, 4 * DAY, 31 * DAY, 31 * DAY, 200 * DAY]);
}
