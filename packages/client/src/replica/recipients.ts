import type { Id } from '@earshot/base/ids.ts';
import type { Recipient } from '../earshot.ts';
import type { CursorRow, LogRow, MessageRow, DevicesRow } from './row.ts';

/** What is known of how far a conversation has come with its other members. */
export interface Custody {
  readonly log: LogRow | undefined;
  readonly receipts: readonly Receipt[];
  /** Null until the server was asked. */
  readonly asked: DevicesRow | null;
}

/** For messages of others: whom else they reached is not this person’s. */
export const noCustody: Custody = { log: undefined, receipts: [], asked: null };

export type Receipt = { readonly person: Id; readonly device: Id } & CursorRow;

/** "Last seen" names the hour: within it nobody is called absent. Milliseconds. */
const HOUR = 3_600_000;

/** Where one's own message is with each of those it is for. Pure. */
export function recipientsOf(message: Pick<MessageRow, 'seq' | 'at' | 'person' | 'heardBy'>, custody: Custody): Recipient[] {
  const members = custody.log?.members ?? [];
  const theirs = members.filter(({ person, joined, left }) => person !== message.person && joined <= message.seq && (left === null || left >= message.seq));
  return theirs.map(({ person, left }) => {
    const heard = message.heardBy.find((one) => one.person === person)?.at ?? null;
    const devices = devicesOf(message.seq, person, custody);
    const arrived = heard !== null || left !== null || devices.some(({ delivered }) => delivered !== null);
    return { person, heard, devices, stands: arrived ? null : standing(message, person, custody) };
  });
}

function devicesOf(seq: number, person: Id, { receipts, asked }: Custody): Recipient['devices'] {
  const cursors = receipts.filter((one) => one.person === person);
  const current = asked?.devices.filter((one) => one.person === person) ?? [];
  const gone = cursors.filter(({ device, delivered }) => delivered >= seq && !current.some((one) => one.device === device)).map(({ device }) => ({ device, seen: null }));
  return [...current, ...gone].map(({ device, seen }) => {
    const cursor = cursors.find((one) => one.device === device);
    return { device, seen, delivered: cursor === undefined ? null : deliveredAt(cursor, seq) };
  });
}

/** When a device had the message whole; null when it has not, or could not take it. */
export function deliveredAt({ delivered, at, earlier, troubles }: CursorRow, seq: number): number | null {
  if (delivered < seq || troubles.some((trouble) => concerns(trouble, seq, delivered))) return null;
  return earlier.find((step) => step.delivered >= seq)?.at ?? at;
}

/** A full disk keeps out everything from some event on, and is over once more has arrived; other troubles are with one event. */
function concerns(trouble: CursorRow['troubles'][number], seq: number, delivered: number): boolean {
  return trouble.code === 'device.storage' ? trouble.seq <= seq && delivered < seq : trouble.seq === seq;
}

function standing({ seq, at }: Pick<MessageRow, 'seq' | 'at'>, person: Id, { receipts, asked }: Custody): Recipient['stands'] {
  if (asked === null) return null;
  const devices = asked.devices.filter((one) => one.person === person);
  if (devices.length === 0) return { code: 'recipient.no-device', evidence: {} };
  const troubles = receipts.filter((one) => one.person === person).flatMap(({ delivered, troubles: all }) => all.filter((one) => concerns(one, seq, delivered)));
  const [trouble] = troubles;
  if (trouble !== undefined) return { code: troubleCodes.get(trouble.code) ?? 'recipient.version', evidence: {} };
  const seen = devices.map((one) => one.seen);
  if (seen.includes(null)) return null;
  const since = Math.max(...seen.map(Number));
  return since + HOUR <= at ? { code: 'recipient.away', evidence: { since } } : null;
}

const troubleCodes = new Map<string, 'recipient.storage' | 'recipient.version' | 'recipient.damaged'>([
  ['device.storage', 'recipient.storage'],
  ['event.unreadable', 'recipient.version'],
  ['blob.damaged', 'recipient.damaged'],
  ['message.missing', 'recipient.damaged'],
]);

/** So many steps of a device's cursor are remembered; what was delivered before the oldest of them carries its time. */
const STEPS = 64;

/** A device's cursor with what it says now. Null when that is nothing new. */
export function nextCursor(before: CursorRow | undefined, { delivered, at, troubles }: Omit<CursorRow, 'earlier'>): CursorRow | null {
  if (before === undefined) return { delivered, at, earlier: [], troubles };
  const further = delivered > before.delivered;
  if (!further && JSON.stringify(troubles) === JSON.stringify(before.troubles)) return null;
  if (!further) return { ...before, troubles };
  return { delivered, at, earlier: [...before.earlier, { delivered: before.delivered, at: before.at }].slice(-STEPS), troubles };
}
