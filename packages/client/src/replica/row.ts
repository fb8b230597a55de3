import type { Id } from '@earshot/base/ids.ts';
import type { BlobRef, EphemeralStep, LoggedEvent, Removal } from '@earshot/protocol/envelope.ts';
import type { Evidence, FailureCode } from '@earshot/protocol/failures.ts';
import type { Cursor, MemberDevice } from '@earshot/protocol/logs.ts';
import type { Member } from '@earshot/protocol/people.ts';
import type { DraftBody, MessagePart } from '@earshot/protocol/bodies.ts';
import type { ConversationChange } from '../earshot.ts';
import type { KeysReason } from '../keys/chain-heads.ts';
import type { Roster } from '../keys/roster.ts';

/** One conversation with its counters. Every event of it is applied in one step with this row, which guards it. */
export type LogRow = {
  readonly id: Id;
  readonly kind: 'direct' | 'group' | 'self';
  readonly members: readonly Member[];
  /** Number of the last event in the replica; everything before it is there as well. */
  readonly applied: number;
  /** Up to here every message is whole and checked on this device. */
  readonly delivered: number;
  /** What the server was told of `delivered`. */
  readonly reported: number;
  readonly title: string | null;
  /** What its log called it last: `title` may be what this device has asked for. */
  readonly titled?: string;
  readonly muted: boolean;
  readonly unheard: number;
  readonly at: number;
  /** Number of the last message; null without one. */
  readonly last: number | null;
  /** Number of one's own last message; 0 without one: up to where receipts are of interest. */
  readonly mine: number;
  /** Who removed this person from it. */
  readonly removedBy: Id | null;
  /** Made on this device and not on the server yet. */
  readonly pending: boolean;
  /** Of a group that was made on this device: the event that makes it, from which its id follows. */
  readonly creation?: Id;
  /** Who belongs to it as members have signed: whom this device seals to. Null until that was read. */
  readonly roster: Roster | null;
  /** The key generation in force, and whether the next one has to begin first, as the server says. */
  readonly generation: number;
  readonly due: boolean;
  /** When the generation in force began, by the server's clock. */
  readonly since: number;
  /** Up to here the log is read a second time, because something of it was damaged on this device. */
  readonly again?: number;
  /** The server, brought back from an older backup, had it only up to here: nothing more is sent into it. */
  readonly lost?: number;
  /** What lies aside of it until it is opened. */
  readonly aside?: Aside | undefined;
  /** Seconds after which what is sent here expires, null for never; absent: nobody said so here. */
  readonly expiry?: number | null | undefined;
  /** What its log says of that, where `expiry` is what this device has asked for. */
  readonly expiryLogged?: { readonly expiry?: number | null } | undefined;
};

/**
 * The events that follow the last one applied, as their outside tells: up to which number, the last message and when it was said, how many are unheard.
 * `key`: the last one that brings a key. `shown`: the first message that is shown before it is in its place.
 */
type Aside = { readonly upTo: number; readonly last: number | null; readonly at: number; readonly unheard: number; readonly key: number | null; readonly shown: number | null };
/** Some of them, in order; and by how much they change what is unheard. */
export type AsideRow = { readonly events: readonly LoggedEvent[]; readonly unheard: number };

export type MessageRow = {
  readonly id: Id;
  readonly log: Id;
  readonly seq: number;
  readonly at: number;
  readonly person: Id;
  readonly content: MessageContent | null;
  readonly blobs: readonly BlobRef[];
  readonly here: boolean;
  readonly heard: boolean;
  readonly heardBy: readonly { readonly person: Id; readonly at: number }[];
  /** What was removed before rules were told has none: it was taken back. `pending`: on this device; the server has not said when yet. `rested`: this device let it go when its rest was over. `stands`: the server has said that it was taken back, not yet when. */
  readonly removed: { readonly at: number; readonly by: Id; readonly rule?: Removal['rule']; readonly pending?: true; readonly rested?: true; readonly stands?: true } | null;
  readonly failure: { readonly code: FailureCode; readonly evidence: Evidence } | null;
  /** Seconds after it was heard until it ends; absent: it does not expire. */
  readonly expiry?: number;
  /** It was sealed under this step of an ephemeral chain. */
  readonly ephemeral?: EphemeralStep;
  /** Somebody stopped its clocks; `seq`: with which event of the log. */
  readonly keep?: { readonly by: Id; readonly at: number; readonly seq?: number; readonly pending?: true };
  /** Who asked the others for its sound before it ended for her, and until when it does not. */
  readonly asked?: readonly { readonly person: Id; readonly until: number }[];
  /** This person deleted it for herself. */
  readonly hidden?: { readonly at: number; readonly pending?: true };
  /** Its sender brought it back on this device, and the server has not agreed yet: what its notice said. */
  readonly back?: NonNullable<MessageRow['removed']>;
  /** It does not rest any more. */
  readonly over?: true;
  /** This person was told that it ends within a day. */
  readonly warned?: true;
  /** When it ends by itself as things are, by the server's clock. */
  readonly ends?: number;
  /** What this person keeps with it to find it by. */
  readonly words?: string;
  /** Of what this device sent: when it began to record it and when it had all of it. */
  readonly kept?: { readonly begun: number; readonly at: number };
  /** It is shown before it is in its place: what it counts as unheard once it is. */
  readonly ahead?: number;
  /** Brought back out of a backup, or from somebody who still had it. */
  readonly restored?: true;
  /** It had been removed on purpose, and was brought back by name: on this device only, the server holds it for this person no longer. */
  readonly byName?: true;
};

export type MessageContent = {
  readonly parts: readonly MessagePart[];
  readonly samples: number;
  readonly preSkip: number;
  readonly sha256: string;
  readonly waveform: string;
  readonly fileName: string | null;
  /** Which message it was before it was said on, and who said it first where that is told. */
  readonly forwarded?: { readonly message: Id; readonly said?: { readonly by: Id; readonly at: number } };
};

/** Everybody who looked for the sound of a message, with the answers: of others in the conversation, and (`own`) of this person's devices. */
export type AskedRow = { readonly message: Id; readonly log: Id; readonly asks: readonly Ask[] };
export type Ask = {
  readonly event: Id;
  readonly own: boolean;
  readonly by: Id;
  readonly at: number;
  /** Of people; of an `own` one of devices. */
  readonly answers: readonly { readonly by: Id; readonly at: number; readonly found: boolean }[];
};
/** What another device of this person looks for. */
export type SoughtRow = { readonly seek: Id; readonly at: number; readonly message: Id };

/** A draft as an event in one's own log shows it, of the device that recorded it. A take may have several for a while: the last one counts. */
export type DraftRow = { readonly event: Id; readonly device: Id; readonly log: Id; readonly seq: number; readonly blobs: readonly BlobRef[]; readonly body: DraftBody };

/** One that was discarded on this device; `at`: by the server's clock. */
export type RestedDraftRow = { readonly at: number; readonly draft: DraftRow };

/** What one event made of a group. */
export type ChangeRow = { readonly seq: number; readonly at: number; readonly person: Id; readonly changes: readonly ConversationChange['change'][] };

/** That somebody's keys changed; `at`: server time at which this device learned of it. */
export type RekeyedRow = { readonly person: Id; readonly at: number; readonly why: readonly KeysReason[] };

/** What a device of somebody said last, and the steps before: a message is delivered when the first step covered it. */
export type CursorRow = {
  readonly delivered: number;
  readonly at: number;
  readonly earlier: readonly { readonly delivered: number; readonly at: number }[];
  readonly troubles: Cursor['troubles'];
};
/** What the server answered about a log when it was last asked. */
export type DevicesRow = { readonly devices: readonly MemberDevice[]; readonly receipts: number };
/** A place (seconds) or a speed. `pending` is the event that carries it, until it comes back: what others of her devices said before does not undo it. */
export type ListeningRow = { readonly value: number; readonly pending: Id | null };
export type PlaceRow = { readonly log: Id; readonly seq: number };
export type EventRow = Pick<LoggedEvent, 'seq' | 'at' | 'person' | 'envelope'> & Partial<LoggedEvent> & { readonly hash: string };

export const emptyLog: Omit<LogRow, 'id' | 'kind' | 'members'> = {
  applied: 0, delivered: 0, reported: 0, title: null, muted: false, unheard: 0, at: 0, last: null, mine: 0, removedBy: null, pending: false, roster: null, generation: 0, due: false, since: 0,
};

/** As it is once its person has left what is on no server. */
export function leftBy(log: LogRow, person: Id): LogRow {
  return { ...log, members: log.members.map((member) => (member.person === person ? { ...member, left: 0 } : member)) };
}
