import type { Id } from '@earshot/base/ids.ts';
import type { Body } from '@earshot/protocol/bodies.ts';
import type { Envelope } from '@earshot/protocol/envelope.ts';
import type { DeviceGrant, Grant } from '@earshot/protocol/keys.ts';
import type { Evidence, FailureCode } from '@earshot/protocol/failures.ts';
import type { OwnChain } from '../keys/ephemeral-sealing.ts';

/**
 * What the outbox holds for one event that is not in the log yet. A take has a row from its first packet on; everything else (a
 * new group, a title, heard, a setting) is released at once.
 *
 *     growing -> released -> posted -> acknowledged          (the log has it; the row goes once the event is in the replica)
 *        |          |          `-----> set-aside             (the server refused it; the person decides)
 *        `----------`-> cancelled                            (nobody will ever see it; a row under another id, which goes once the uploads are ended)
 */
export type OutboxRow = {
  readonly id: Id;
  /** The person who made it: another one who signs in here neither sees nor sends it. */
  readonly owner: Id;
  readonly conversation: Id;
  /** This device's clock, for display: when a take began; once it is released, when all of it was here. */
  readonly made: number;
  /** When a take began, once it is released. */
  readonly begun?: number;
  readonly state: RowState;
  /** Those whose bytes travel from here. A draft of another device that is sent from this one has none: the server holds them. */
  readonly parts: readonly PartRow[];
  /** Of a growing take, and of a draft out of a backup: how this person's other devices saw it last. `discarded`: there, and that is to be followed here. */
  readonly shown?: { readonly event: Id; readonly sha256: string; readonly discarded: boolean };
  /** Its person took it back when the server might have had it already: nobody sees it any more, and its removal waits behind it. */
  readonly takenBack?: true;
  /** The row that waits for this one to be in the log. */
  readonly before?: Id;
  /** What is posted; null while a take grows. */
  readonly event: ReadyEvent | null;
};

export type RowState =
  | { readonly at: 'growing' }
  | { readonly at: 'released'; readonly order: number }
  /** A request may be under way or have been lost: from here on the server may have it. */
  | { readonly at: 'posted'; readonly order: number }
  | { readonly at: 'acknowledged'; readonly order: number; readonly seq: number; readonly time: number }
  | { readonly at: 'set-aside'; readonly order: number; readonly code: FailureCode; readonly evidence: Evidence }
  | { readonly at: 'cancelled' };

/** One part of a take, as one blob. Its bytes below `sealed` are in the store. */
export type PartRow = {
  readonly blob: Id;
  readonly key: string;
  /** Whole packets within the sealed bytes. */
  readonly packets: number;
  /** Plain bytes within the sealed bytes. */
  readonly bytes: number;
  readonly sealed: number;
  /** Its recording was cut off: it ends with its last whole record. */
  readonly cut?: true;
  /** Of the sealed bytes, once the part is finished. */
  readonly sha256: string | null;
};

export type ReadyEvent = {
  /** Its device and its generation count once it is sealed. */
  readonly envelope: Envelope;
  readonly body: Body;
  /** As it travels. Kept, so that a retry sends the same bytes; null while it is to be sealed, for the first time or anew. */
  readonly sealed: SealedEvent | null;
};

export type SealedEvent = {
  /** Base64url. */
  readonly body: string;
  /** With an event that begins a key generation: the new key, sealed to each member, and itself until the server has the event. */
  readonly grants?: readonly Grant[];
  readonly key?: Uint8Array<ArrayBuffer>;
  /** With an event that begins an ephemeral chain: its seed, sealed to each device, and what is in force here once the server has it. */
  readonly deviceGrants?: readonly DeviceGrant[];
  readonly begins?: OwnChain;
};

/** Whether it can be posted as it stands. What was sealed for another device, or under a key that no longer counts, is sealed anew. */
export function isMarked({ state, event }: OutboxRow, device: Id | null): boolean {
  return state.at === 'posted' && event !== null && event.sealed !== null && event.envelope.device === device;
}

/** Whether `now` is still what `row` was when its step began, or the message that `row` goes right before: what is sent under an id that was given up has a later place. */
export function isStill(now: OutboxRow, row: OutboxRow): boolean {
  return orderOf(now) === orderOf(row) + (row.before === now.id ? 0.5 : 0);
}

export function orderOf(row: OutboxRow): number {
  return 'order' in row.state ? row.state.order : Infinity;
}
