import type { Id } from '@earshot/base/ids.ts';
import type { LogRow, MessageRow } from '../replica/row.ts';

/** When messages end on this device, from what their log says; times are the server's. Pure. */

const DAY = 86_400_000;

/** When a message that expires does so for this person; null: it does not, or its clock has not started. */
export function expiresAt({ expiry, keep, heardBy, person, seq }: MessageRow, { members }: Pick<LogRow, 'members'>, me: Id): number | null {
  if (expiry === undefined || keep !== undefined) return null;
  const heard = heardBy.filter((one) => one.person !== person);
  if (person !== me) return endOf(heard.filter((one) => one.person === me), expiry);
  // Who sent it has it as long as one of those who can still hear it.
  const waits = members.some((one) => one.person !== me && one.left === null && one.joined <= seq && !heard.some((other) => other.person === one.person));
  return waits ? null : endOf(heard, expiry);
}

function endOf(heard: MessageRow['heardBy'], expiry: number): number | null {
  return heard.length === 0 ? null : Math.max(...heard.map(({ at }) => at)) + expiry * 1000;
}

/** Whether it is gone from its place and can be brought back, and since when. */
export function restsSince({ removed, hidden, person, over }: MessageRow, me: Id): number | null {
  if (over === true) return null;
  if (removed !== null) return person === me && (removed.rule ?? 'removed') === 'removed' ? removed.at : null;
  return hidden?.at ?? null;
}

/** When something becomes of it by itself; null: never, as things are. */
export function endsAt(row: MessageRow, log: Pick<LogRow, 'members'>, me: Id, rest: number): number | null {
  const since = restsSince(row, me);
  const ends = [since === null ? null : since + rest, row.removed === null ? expiresAt(row, log, me) : null].filter((at) => at !== null);
  return ends.length === 0 ? null : Math.min(...ends);
}

/** When it has to be looked at: a day before it expires, where it is there for longer than two, and when it ends. */
export function looksAt({ expiry, warned, removed, hidden }: MessageRow, ends: number | null): number | null {
  const warns = ends !== null && expiry !== undefined && expiry * 1000 > 2 * DAY && warned !== true && removed === null && hidden === undefined;
  return warns ? ends - DAY : ends;
}

/** Whether it is among what this person has still to hear, and can on this device. */
export function isUnheard({ person, heard, removed, hidden, failure }: MessageRow, me: Id): boolean {
  return person !== me && !heard && removed === null && hidden === undefined && failure?.code !== 'key.vanished';
}
