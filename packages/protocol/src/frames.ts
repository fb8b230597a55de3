import * as v from 'valibot';
import { chainHead } from './keys.ts';
import { limits } from './limits.ts';
import { id, seq, sha256Hex } from './wire.ts';

/**
 * What stands beside the body within a sealed event, so that a server that drops, reorders, repeats or forks comes to light. Only
 * members can read it.
 */

/** The last event of the log that the sender had seen: the hash is that of its envelope's bytes and of its sealed body (see `hashedBytes`). */
export const seenHead = v.object({ seq, hash: sha256Hex });
export type SeenHead = v.InferOutput<typeof seenHead>;

export const eventFrame = v.object({
  /** Grows by any amount with each event of this device in this log. */
  counter: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Null in the event that creates the log. */
  saw: v.nullable(seenHead),
  chains: v.object({
    /** Of the sender. */
    own: chainHead,
    /** Of members whose chain has changed since the sender last said so here. */
    others: v.pipe(v.array(v.object({ person: id, ...chainHead.entries })), v.maxLength(limits.chainsPerEvent)),
  }),
});
export type EventFrame = v.InferOutput<typeof eventFrame>;
