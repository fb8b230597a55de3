import * as v from 'valibot';
import { limits } from './limits.ts';
import { id, time } from './wire.ts';

/** How long things are kept: what a message says of itself, what a server allows, and how a person lets go. */

/** Seconds after somebody really heard a message until it ends for her; 0: that once. */
export const expirySeconds = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(limits.expirySeconds));

export const expiry = v.union([v.literal('never'), v.strictObject({ heard: expirySeconds })]);
export type Expiry = v.InferOutput<typeof expiry>;

/** What an operator sets. */
export const retention = v.object({
  /** Milliseconds that what was removed can be restored. */
  rest: time,
  /** Seconds: the shortest and the longest expiry that a message may have, beside none. */
  least: expirySeconds,
  most: expirySeconds,
  /** What is sent with where nobody chose; null: it does not expire. */
  usual: v.nullable(expirySeconds),
});
export type Retention = v.InferOutput<typeof retention>;

export const usualRetention: Retention = { rest: limits.trashLife, least: 0, most: limits.expirySeconds, usual: null };

/**
 * This person holds the messages no longer. `forGood`: her own ones among them that she removed do not rest any more either. Ids that
 * name nothing are passed over.
 */
export const lettingGoCommand = v.strictObject({ messages: v.pipe(v.array(id), v.minLength(1), v.maxLength(limits.refersPerEvent)), forGood: v.boolean() });
export type LettingGoCommand = v.InferOutput<typeof lettingGoCommand>;
