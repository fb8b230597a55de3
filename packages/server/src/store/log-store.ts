import type { Id } from '@earshot/base/ids.ts';
import type { Envelope, Removal } from '@earshot/protocol/envelope.ts';
import type { FailureCode, Evidence } from '@earshot/protocol/failures.ts';
import type { Cursor, CursorsAnswer, Trouble } from '@earshot/protocol/logs.ts';
import type { DeviceGrant, Grant, OwnGrant } from '@earshot/protocol/keys.ts';
import type { Retention } from '@earshot/protocol/retention.ts';
import type { LogInfo } from '@earshot/protocol/people.ts';

/** An event as stored. The envelope stays the text that was checked on arrival: it is never parsed to be passed on. */
export interface StoredEvent {
  readonly seq: number;
  readonly at: number;
  readonly person: Id;
  readonly envelope: string;
  readonly body: string | null;
  readonly removed: Removal | null;
  /** The key for whom it was read for; null where nobody was named, and with events that began no key generation. */
  readonly grant: OwnGrant | null;
  /** Of an event that began an ephemeral chain: its seed for the device for which it was read; null for none. */
  readonly deviceGrant?: DeviceGrant | null;
}

/** Who reads, and on which of her devices. */
export interface Reader {
  readonly person: Id;
  readonly device: Id;
}

export interface AppendCommand {
  readonly person: Id;
  readonly envelope: Envelope;
  /** The envelope's canonical JSON. */
  readonly text: string;
  readonly body: string;
  readonly grants: readonly Grant[];
  /** Those for devices of nobody who belongs to the log are not kept. */
  readonly deviceGrants: readonly DeviceGrant[];
  /** Of a `create`: its log is not the one that follows from it. */
  readonly misplaced?: boolean;
  readonly at: number;
  readonly membersAllowed: number;
  readonly conversationsAllowed: number;
  readonly retention: Retention;
}

export type AppendOutcome =
  | {
    readonly kind: 'appended';
    readonly seq: number;
    readonly at: number;
    /** Everybody who may read the event. */
    readonly readers: readonly Id[];
    /** Numbers of the events that changed by it: they were removed or restored, or nobody holds them any more. */
    readonly changed: readonly number[];
  }
  | { readonly kind: 'repeated'; readonly seq: number; readonly at: number }
  /** The sum of this open upload is not known: compute it, `setSum`, and ask again. */
  | { readonly kind: 'unsummed'; readonly blob: Id; readonly offset: number }
  | { readonly kind: 'mismatch'; readonly blob: Id; readonly owned: boolean }
  | { readonly kind: 'refused'; readonly code: FailureCode; readonly evidence: Evidence };

export interface EventPage {
  readonly events: readonly StoredEvent[];
  /** Number of the last event that this person may read. */
  readonly head: number;
}

export interface SetCursor {
  readonly person: Id;
  readonly device: Id;
  readonly log: Id;
  readonly delivered: number;
  /** Null leaves what the device said before. */
  readonly troubles: readonly Trouble[] | null;
  readonly at: number;
}

export interface LogStore {
  /**
   * Appends as a whole, or not at all: the event with the next number, its blobs closed, its change of members, its removals.
   * Idempotent by the event's id for ever. The rules are `logs/appending.ts`; an adapter brings the state and keeps the result.
   */
  append(command: AppendCommand): Promise<AppendOutcome>;
  /** Null when the person may read nothing there. At most `limit` events and about `bytes` of them, at least one; those that have ended for the person by `now` as notices. */
  page(reader: Reader, log: Id, after: number, limit: number, bytes: number, now: number): Promise<EventPage | null>;
  /** One event with everybody who may read it at `now`, and whether keys for them may have come with it. */
  event(log: Id, seq: number, now: number): Promise<{ readonly event: StoredEvent; readonly readers: readonly Id[]; readonly keyed: boolean } | null>;
  /** The keys that came for this person and her device with an event. */
  keys(reader: Reader, log: Id, seq: number): Promise<Pick<StoredEvent, 'grant' | 'deviceGrant'>>;
  of(person: Id): Promise<readonly LogInfo[]>;
  /** Never backwards, never beyond what the person may read. Answers the cursor as it is now and the readers to tell, none when nothing changed; null when it is no log of hers, 'ended' when the session of the device is over. */
  setCursor(command: SetCursor): Promise<{ readonly cursor: Cursor; readonly readers: readonly Id[] } | null | 'ended'>;
  /** With the exact time at which devices were seen; null when it is no log of the person's. */
  cursors(person: Id, log: Id): Promise<CursorsAnswer | null>;
}
