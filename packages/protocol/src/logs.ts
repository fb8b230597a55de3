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

/**
 * What a device could not take of a log, by the number of the event: its disk is full from there on, the event is of a newer
 * version, its sound arrived damaged or is not to be had.
 */
export const trouble = v.strictObject({ seq, code: v.picklist(['device.storage', 'event.unreadable', 'blob.damaged', 'message.missing']) });
export type Trouble = v.InferOutput<typeof trouble>;

/** `troubles` replaces what the device said before; left out, that stays. */
export const cursorCommand = v.strictObject({ delivered: seq, troubles: v.optional(v.pipe(v.array(trouble), v.maxLength(limits.troublesPerCursor))) });
export type CursorCommand = v.InferOutput<typeof cursorCommand>;

/** Up to which number a device holds a log, since when, and what it could not take. Cumulative, kept outside the log. Codes of later versions are passed on. */
export const cursor = v.object({ person: id, device: id, delivered: seq, at: time, troubles: v.array(v.object({ seq, code: v.string() })) });
export type Cursor = v.InferOutput<typeof cursor>;

/** A device on which a member is signed in. `seen` is coarse, the hour in which it was last there; null where the member has blocked who asks. */
export const memberDevice = v.object({ person: id, device: id, seen: v.nullable(time) });
export type MemberDevice = v.InferOutput<typeof memberDevice>;

export const cursorsAnswer = v.object({
  cursors: v.array(cursor),
  /** Of the other members. */
  devices: v.array(memberDevice),
  /** Counts what the others' devices have said about this log: the same number, the same cursors. */
  receipts: v.number(),
});
export type CursorsAnswer = v.InferOutput<typeof cursorsAnswer>;

export const syncCommand = v.strictObject({
  /** For each log the number of the last event held; logs left out start at 0. Of a number behind its last one nothing is answered but the log itself. */
  have: v.record(id, seq),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(limits.eventsPerPage))),
  /** Where no connection can be kept open: when there is nothing new, the answer waits so many milliseconds for something. */
  wait: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(limits.newsWait))),
});
export type SyncCommand = v.InferOutput<typeof syncCommand>;
