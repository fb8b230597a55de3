import type { Id } from '@earshot/base/ids.ts';
import type { LogRow, MessageRow } from '../replica/row.ts';

/** When messages end on this device, from what their log says; times are the server's. Pure. */

const DAY = 86_400_000;

/** When a message that expires does so for this person; null: it does not, or its clock has not started. */
export function expiresAt(row: MessageRow, { members, applied }: Pick<LogRow, 'members' | 'applied'>, me: Id): number | null {
  const { expiry, keep, heardBy, person, seq } = row;
  if (expiry === undefined || keep !== undefined) return null;
  if (person !== me) return expiresFor(row, me);
  // Who sent it has it as long as one of those who can still hear it. Of who left it is known first that she did: what she said before, that she heard or
  // kept it, once the log was read up to there, or up to where its sender has left herself.
  const end = Math.min(...members.map((one) => (one.person === me ? one.left : null) ?? Infinity));
  const waits = members.some((one) => one.person !== me && (one.left === null || applied < Math.min(one.left, end)) && one.joined <= seq && !heardBy.some((other) => other.person === one.person));
  const ends = heardBy.map((one) => expiresFor(row, one.person)).filter((at) => at !== null);
  return waits || ends.length === 0 ? null : Math.max(...ends);
}

/** When the clock of somebody who heard it runs out, as far as nobody stopped it: not before she has had time to get what she asks others for. */
export function expiresFor({ expiry, heardBy, person: sender, asked = [] }: MessageRow, person: Id): number | null {
  const heard = heardBy.find((one) => one.person === person);
  if (expiry === undefined || heard === undefined || person === sender) return null;
  return Math.max(heard.at + expiry * 1000, asked.find((one) => one.person === person)?.until ?? 0);
}

/** Whether it is gone from its place and can be brought back, and since when. */
export function restsSince({ removed, hidden, person, over }: MessageRow, me: Id): number | null {
  if (over === true) return null;
  if (removed !== null) return person === me && (removed.rule ?? 'removed') === 'removed' ? removed.at : null;
  return hidden?.at ?? null;
}

/** When something becomes of it by itself; null: never, as things are. */
export function endsAt(row: MessageRow, log: Pick<LogRow, 'members' | 'applied'>, me: Id, rest: number): number | null {
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
