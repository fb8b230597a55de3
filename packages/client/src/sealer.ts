import type { SessionRow } from './account/session.ts';
import type { ReadyEvent } from './outbox/row.ts';
import type { Body } from '@earshot/protocol/bodies.ts';
import type { Envelope } from '@earshot/protocol/envelope.ts';

/**
 * Stands between plain events and what travels. Every body, every growing blob, every range read, draft, receipt and entry of
 * the self log goes through it; nothing else in the client touches bytes that a server sees.
 *
 * Laws (held by `sealer.contract.ts`)
 * 1. What was sealed opens to the same, and only under the same envelope or key.
 * 2. A blob is sealed in records of `recordBytes` sealed bytes, the last one shorter: any range of the plain bytes opens from the records
 *    that cover it. A record, once sealed, is never sealed again; nothing is produced twice for the same offset.
 * 3. Cutting, swapping, appending to or flipping sealed bytes is noticed on opening (`blob.damaged`, `event.unreadable`).
 */
export interface Sealer {
  sealBody(envelope: Envelope, body: Body): Promise<Uint8Array<ArrayBuffer>>;
  openBody(envelope: Envelope, sealed: Uint8Array<ArrayBuffer>): Promise<Body>;
  /** Begins a blob under a fresh key. */
  beginBlob(): Promise<BlobSealer>;
  /** Goes on behind the `sealedLength` sealed bytes (whole records) that exist of an unfinished blob, e.g. after a crash. */
  resumeBlob(key: string, sealedLength: number): Promise<BlobSealer>;
  /** Opens what `key` belongs to. */
  blobOpener(key: string): Promise<BlobOpener>;
}

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

/** Seals events when they leave. */
export interface EventSealer {
  /** The event as the device that is signed in can post it now. */
  seal(event: ReadyEvent, session: SessionRow): Promise<ReadyEvent>;
}
