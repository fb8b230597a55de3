import type { Id } from '@earshot/base/ids.ts';
import type { Body } from '@earshot/protocol/bodies.ts';
import type { BlobRef, Envelope, EventClass, Membership } from '@earshot/protocol/envelope.ts';
import { assert } from '@earshot/base/assert.ts';
import type { PartRow, ReadyEvent } from './row.ts';

export interface EventDraft {
  readonly id: Id;
  readonly log: Id;
  readonly device: Id;
  readonly class: EventClass;
  readonly body: Body;
  readonly blobs?: BlobRef[];
  readonly refers?: Id[];
  readonly membership?: Membership;
  /** Of a message: seconds after it was heard until it ends; null: it does not. */
  readonly expiry?: number | null;
}

/** An event as it was decided. It is sealed when it leaves: only then it is known under which key, and after what. */
export function compose({ id, log, device, class: kind, body, blobs = [], refers = [], membership, expiry = null }: EventDraft): ReadyEvent {
  const envelope: Envelope = { version: 1, id, log, device, generation: 0, class: kind, blobs, refers, expiry: expiry === null ? 'never' : { heard: expiry }, ...(membership && { membership }) };
  return { envelope, body, sealed: null };
}

/** The same event with its parts under other ids: it is sealed anew. */
export function renamed(event: ReadyEvent, parts: readonly PartRow[]): ReadyEvent {
  return { ...event, envelope: { ...event.envelope, blobs: parts.map(refOf) }, sealed: null };
}

export function refOf({ blob, sealed, sha256 }: PartRow): BlobRef {
  assert(sha256 !== null, 'only a finished part can be named');
  return { id: blob, length: sealed, sha256 };
}
