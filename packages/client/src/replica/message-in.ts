import type { Id } from '@earshot/base/ids.ts';
import { keys } from '../stores/keys.ts';
import type { Transaction } from '../stores/transaction.ts';
import type { MessageRow, PlaceRow } from './row.ts';

/** A message by its id, as the transaction sees it. */
export async function messageAt(transaction: Transaction, id: Id): Promise<MessageRow | undefined> {
  const place = await transaction.get<PlaceRow>(keys.at(id));
  return place && (await transaction.get<MessageRow>(keys.message(place.log, place.seq)));
}

/** The same, if it is of this log. */
export async function messageIn(transaction: Transaction, log: Id, id: Id): Promise<MessageRow | undefined> {
  const row = await messageAt(transaction, id);
  return row?.log === log ? row : undefined;
}
