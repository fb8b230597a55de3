import * as v from 'valibot';
import { loggedEvent } from './envelope.ts';
import { cursor, cursorCommand } from './logs.ts';
import { byteCount, id, time } from './wire.ts';

/**
 * The open connection at `/v1/live`. It only hastens: whatever it loses, repeats or reorders is repaired by the cursors. Frames
 * are JSON texts.
 */

export const serverFrame = v.variant('type', [
  /** First frame after the upgrade. */
  v.object({ type: v.literal('hello'), now: time }),
  v.object({ type: v.literal('event'), log: id, event: loggedEvent }),
  v.object({ type: v.literal('cursor'), log: id, ...cursor.entries }),
  /** A member's upload stands at `length`; null: it was taken back. Nobody is shown this: devices fetch ahead. */
  v.object({ type: v.literal('growing'), log: id, upload: id, length: v.nullable(byteCount) }),
  /** The list of logs, their members or the people one can see changed: ask again. */
  v.object({ type: v.literal('changed'), what: v.picklist(['logs', 'people', 'account']) }),
  /** With what the clock shows by now: it may have been put right since the first frame. */
  v.object({ type: v.literal('pong'), now: v.optional(time) }),
]);
export type ServerFrame = v.InferOutput<typeof serverFrame>;

export const clientFrame = v.variant('type', [
  v.strictObject({ type: v.literal('cursor'), log: id, ...cursorCommand.entries }),
  v.strictObject({ type: v.literal('ping') }),
]);
export type ClientFrame = v.InferOutput<typeof clientFrame>;

/** Close codes of the connection beyond those of RFC 6455. */
export const closeCodes = { sessionEnded: 4401, tooManyConnections: 4429 } as const;
