import * as v from 'valibot';
import { loggedEvent } from './envelope.ts';
import { limits } from './limits.ts';
import { id, seq, time } from './wire.ts';

/** "I have log L up to n; give me the rest." */

export const postAnswer = v.object({ seq, at: time });
export type PostAnswer = v.InferOutput<typeof postAnswer>;

export const eventsQuery = v.strictObject({
  after: v.optional(v.pipe(v.string(), v.regex(/^\d{1,15}$/))),
  limit: v.optional(v.pipe(v.string(), v.regex(/^\d{1,4}$/))),
});
export const eventsAnswer = v.object({ events: v.array(loggedEvent), head: seq });
export type EventsAnswer = v.InferOutput<typeof eventsAnswer>;

export const cursorCommand = v.strictObject({ delivered: seq });

/** Up to which number a device holds a log. Cumulative, kept outside the log. */
export const cursor = v.object({ person: id, device: id, delivered: seq, at: time });
export type Cursor = v.InferOutput<typeof cursor>;

export const syncCommand = v.strictObject({
  /** For each log the number of the last event held; logs left out start at 0. */
  have: v.record(id, seq),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(limits.eventsPerPage))),
});
export type SyncCommand = v.InferOutput<typeof syncCommand>;
