import type { Id } from '@earshot/base/ids.ts';
import { below, keys } from '../stores/keys.ts';
import type { Transaction } from '../stores/transaction.ts';
import type { MessageRow, PlaceRow } from './row.ts';

/** A forwarded message names blobs of the one before: both hold the bytes that this device has of them. */
export function noteNames(transaction: Transaction, message: Id, { blobs, content }: Pick<MessageRow, 'blobs' | 'content'>): void {
  if (content?.forwarded === undefined) return;
  for (const { id } of blobs) for (const holder of [message, content.forwarded.message]) transaction.put(keys.named(id, holder), true);
}

/** Takes away the bytes of a message that no other message here needs. */
export async function dropBytesOf(transaction: Transaction, { id, blobs }: Pick<MessageRow, 'id' | 'blobs'>): Promise<void> {
  for (const { id: blob } of blobs) {
    const names = (await transaction.list(below(`r/named/${blob}`))).map(([key]) => key.split('/')[3] ?? '');
    if (await anyNeeds(transaction, names.filter((name) => name !== id))) continue;
    for (const [key] of await transaction.list(below(`b/${blob}`))) transaction.drop(key);
  }
}

async function anyNeeds(transaction: Transaction, messages: readonly Id[]): Promise<boolean> {
  for (const id of messages) {
    const place = await transaction.get<PlaceRow>(keys.at(id));
    const row = place && (await transaction.get<MessageRow>(keys.message(place.log, place.seq)));
    if (row === undefined || row.content === null) continue;
    // Who waits for its bytes may have found them here a moment ago.
    if (row.here || row.removed === null) return true;
  }
  return false;
}
