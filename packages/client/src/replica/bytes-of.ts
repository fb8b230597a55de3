import type { Id } from '@earshot/base/ids.ts';
import { below, keys } from '../stores/keys.ts';
import type { Transaction } from '../stores/transaction.ts';
import type { MessageRow, PlaceRow } from './row.ts';

/**
 * A forwarded message names the blobs of the one before, which may be a forwarded one as well: all of them that are here hold the bytes. Each says so
 * for itself, since the one between two of them may be in a conversation that this person is not in.
 */
export function noteNames(transaction: Transaction, message: Id, { blobs }: Pick<MessageRow, 'blobs'>): void {
  for (const { id } of blobs) transaction.put(keys.named(id, message), true);
}

/** Takes away the bytes of a message that no other message here needs. */
export async function dropBytesOf(transaction: Transaction, message: Pick<MessageRow, 'id' | 'blobs'>): Promise<void> {
  // Who waits for its bytes may have found them here a moment ago.
  await drop(transaction, message, async ({ here, removed }) => here || removed === null);
}

/** The same, to make room: of what was freed before nothing stays, though the server has it for her still. Answers how many bytes are gone. */
export async function freeBytesOf(transaction: Transaction, message: Pick<MessageRow, 'id' | 'blobs'>): Promise<number> {
  return await drop(transaction, message, async ({ here, log, seq }) => here || (await transaction.get(keys.fetch(log, seq))) !== undefined);
}

async function drop(transaction: Transaction, { id, blobs }: Pick<MessageRow, 'id' | 'blobs'>, needs: (other: MessageRow) => Promise<boolean>): Promise<number> {
  let dropped = 0;
  for (const { id: blob, length } of blobs) {
    const names = (await transaction.list(below(`r/named/${blob}`))).map(([key]) => key.split('/')[3] ?? '');
    if (await anyNeeds(transaction, names.filter((name) => name !== id), needs)) continue;
    // A download that is cut just now may write its beginning between this look and the commit.
    transaction.drop(keys.bytes(blob, 0));
    for (const [key] of await transaction.list(below(`b/${blob}`))) transaction.drop(key);
    dropped += length;
  }
  return dropped;
}

async function anyNeeds(transaction: Transaction, messages: readonly Id[], needs: (other: MessageRow) => Promise<boolean>): Promise<boolean> {
  for (const id of messages) {
    const place = await transaction.get<PlaceRow>(keys.at(id));
    const row = place && (await transaction.get<MessageRow>(keys.message(place.log, place.seq)));
    if (row !== undefined && row.content !== null && (await needs(row))) return true;
  }
  return false;
}

/** Whether all of its blobs have begun to be here: what drops them takes the first bytes as well. */
export async function hasBytes(transaction: Transaction, { blobs }: Pick<MessageRow, 'blobs'>): Promise<boolean> {
  for (const { id } of blobs) if ((await transaction.get(keys.bytes(id, 0))) === undefined) return false;
  return true;
}
