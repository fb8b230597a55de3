import { toBase32, utf8 } from '@earshot/base/encoding.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { MessageBody } from '@earshot/protocol/bodies.ts';
import type { BlobRef } from '@earshot/protocol/envelope.ts';
import { compose } from '../outbox/compose.ts';
import type { OutboxRow, PartRow, RowState } from '../outbox/row.ts';
import { nextOrder } from '../outbox/rows.ts';
import type { Value } from '../store.ts';
import { keys } from '../stores/keys.ts';
import type { Transaction } from '../stores/transaction.ts';

/** A message with its sealed sound, out of a copy, on its way into the outbox. */
export interface Unsent {
  readonly id: Id;
  readonly conversation: Id;
  /** When it was made, by the clock of the device that did. Milliseconds since 1970. */
  readonly made: number;
  readonly message: MessageBody;
  /** Seconds after it was heard until it ends; null: it does not. */
  readonly expiry: number | null;
  /** The event that showed it as a draft, where nobody had decided to send it. */
  readonly draft?: Id;
  readonly blobs: readonly BlobRef[];
  readonly sealed: readonly Uint8Array<ArrayBuffer>[];
}

/** Whether the outbox or a log has it: nothing is laid over that. */
export async function isThere(store: { get(key: string): Promise<Value | undefined> }, id: Id): Promise<boolean> {
  return (await store.get(keys.row(id))) !== undefined || (await store.get(keys.at(id))) !== undefined;
}

/** Lays it into the outbox with its sound. Set aside, it leaves when its person says so; released, by itself. */
export async function layInOutbox(transaction: Transaction, { person, device }: { readonly person: Id; readonly device: Id }, { id, conversation, made, message, expiry, draft, blobs, sealed }: Unsent, as: 'set-aside' | 'released'): Promise<void> {
  const order = await nextOrder(transaction);
  const state: RowState = as === 'released' ? { at: 'released', order } : { at: 'set-aside', order, code: 'message.unsent', evidence: {} };
  const parts = blobs.map((blob, at) => partOf(message, at, blob));
  const event = compose({ id, log: conversation, device, class: 'message', body: message, blobs: [...blobs], expiry });
  const shown = draft === undefined ? {} : { shown: { event: draft, sha256: message.sha256, discarded: false } };
  transaction.put(keys.row(id), { id, owner: person, conversation, made, state, parts, ...shown, event } satisfies OutboxRow);
  await layBytes(transaction, blobs, sealed);
}

function partOf({ parts }: MessageBody, at: number, { id, length, sha256 }: BlobRef): PartRow {
  const { key = '', packets = 0, bytes = 0, cut } = parts[at] ?? {};
  return { blob: id, key, packets, bytes, sealed: length, ...(cut && { cut }), sha256 };
}

export async function layBytes(transaction: Transaction, blobs: readonly BlobRef[], sealed: readonly Uint8Array<ArrayBuffer>[]): Promise<void> {
  for (const [at, { id }] of blobs.entries()) {
    for (const [key] of await transaction.list({ from: keys.bytes(id, 0), to: `b/${id}0` })) transaction.drop(key);
    transaction.put(keys.bytes(id, 0), sealed[at] ?? new Uint8Array());
  }
}

/** The id of what a person keeps of something that the server lost: the same each time, so that she never has it twice. */
export async function idOfOwn(person: Id, lost: Id): Promise<Id> {
  const digest = await crypto.subtle.digest('SHA-256', utf8(`earshot kept by ${person} of ${lost}`));
  return toBase32(new Uint8Array(digest).subarray(0, 16));
}
