import type { Body } from '@earshot/protocol/bodies.ts';
import type { LoggedEvent } from '@earshot/protocol/envelope.ts';
import type { Failure } from '@earshot/protocol/failures.ts';
import type { EventFrame } from '@earshot/protocol/frames.ts';
import type { SessionRow } from './account/session.ts';
import type { ReadyEvent } from './outbox/row.ts';

/**
 * Stands between plain events and what travels; nothing else in the client touches bodies that a server sees. Another way of agreeing on keys
 * would come in here.
 */
export interface EventSealer {
  /**
   * The event as this device can post it now: under the key in force, behind what this device has seen. Rejects with `device.locked`,
   * `key.missing`, `identity.changed`, `server.misbehaves`, or what a request to the server met.
   */
  seal(event: ReadyEvent, session: SessionRow): Promise<ReadyEvent>;
  /** What has to be in the log before this event can be sealed; null when nothing has. Rejects like `seal`. */
  first(event: ReadyEvent, session: SessionRow): Promise<ReadyEvent | null>;
  /** The server has it: a key that it began counts from now on. */
  accepted(event: ReadyEvent): Promise<void>;
  /**
   * The server refused an event of this log with `key.due` or `key.behind`. Resolves when sealing anew is worth a try. Or it refused to make it with
   * `event.conflict`: resolves when what is there is the one that was meant, and rejects with `server.misbehaves` when it is not.
   */
  refused(log: string, refusal: Failure, person: string): Promise<void>;
}

export interface EventOpener {
  /**
   * Events of one log in their order, opened and checked as far as each says something about itself. What cannot be read has no body, and
   * the reason. Rejects when the server could not be asked for what opening needs.
   */
  open(events: readonly LoggedEvent[], session: SessionRow): Promise<OpenedEvent[]>;
}

export interface OpenedEvent {
  readonly event: LoggedEvent;
  /** What the next events of the log call it (see `hashedBytes`). */
  readonly hash: string;
  /** Signed with `signingKey`, whosever that is. Null when it was removed, and when it could not be opened. */
  readonly content: { readonly body: Body; readonly frame: EventFrame; readonly signingKey: string } | null;
  /** Why it could not be opened. */
  readonly failure: Failure | null;
  /** The conversation key that came with it. */
  readonly granted: Uint8Array<ArrayBuffer> | null;
  /** Of a message, where all of it has come already and is as it should be: what is to be stored. */
  readonly bytes?: readonly [key: string, bytes: Uint8Array<ArrayBuffer>][];
}

/** Takes plain bytes of one blob and seals them in records. */
export interface BlobSealer {
  /** Travels in the event's body (`MessagePart.key`). */
  readonly key: string;
  /** Plain bytes that are in the sealed ones so far. */
  readonly sealedPlain: number;
  /** Takes plain bytes, gives back the sealed bytes that are complete by now (perhaps none). Calls do not overlap. */
  push(plain: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
  /** The rest: the last record. Nothing can be pushed afterwards. */
  finish(): Promise<Uint8Array<ArrayBuffer>>;
}

export interface BlobOpener {
  /** The sealed bytes [from, to) that must be at hand to read plain bytes [start, end) of a blob of `sealedLength` bytes. */
  cover(start: number, end: number, sealedLength: number): { readonly from: number; readonly to: number };
  /** Opens records that begin at sealed offset `from` (as `cover` gave it) of a blob of `sealedLength` bytes; returns the plain bytes of those records. */
  open(sealed: Uint8Array<ArrayBuffer>, from: number, sealedLength: number): Promise<Uint8Array<ArrayBuffer>>;
}
