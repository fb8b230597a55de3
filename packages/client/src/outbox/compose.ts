import { toBase64Url } from '@earshot/base/encoding.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { Body } from '@earshot/protocol/bodies.ts';
import type { BlobRef, Envelope, EventClass, Membership } from '@earshot/protocol/envelope.ts';
import { assert } from '@earshot/base/assert.ts';
import type { Sealer } from '../sealer.ts';
import type { OutboxRow, PartRow, ReadyEvent } from './row.ts';

export interface EventDraft {
  readonly id: Id;
  readonly log: Id;
  readonly device: Id;
  readonly class: EventClass;
  readonly body: Body;
  readonly blobs?: BlobRef[];
  readonly refers?: Id[];
  readonly membership?: Membership;
}

/** An event as it will travel. */
export async function compose(sealer: Sealer, { id, log, device, class: kind, body, blobs = [], refers = [], membership }: EventDraft): Promise<ReadyEvent> {
  const envelope: Envelope = { version: 1, id, log, device, generation: 0, class: kind, blobs, refers, expiry: 'never', ...(membership && { membership }) };
  return { envelope, sealed: toBase64Url(await sealer.sealBody(envelope, body)), body };
}

/** The same event from another device, or with its parts under other ids: nothing else may change. */
export async function recompose(sealer: Sealer, row: OutboxRow, device: Id): Promise<ReadyEvent> {
  const { event } = row;
  assert(event !== null, 'only what was released is composed again');
  const blobs = row.parts.length > 0 ? row.parts.map(refOf) : event.envelope.blobs;
  const envelope: Envelope = { ...event.envelope, device, blobs };
  return { envelope, sealed: toBase64Url(await sealer.sealBody(envelope, event.body)), body: event.body };
}

export function refOf({ blob, sealed, sha256 }: PartRow): BlobRef {
  assert(sha256 !== null, 'only a finished part can be named');
  return { id: blob, length: sealed, sha256 };
}
