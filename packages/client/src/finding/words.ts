import type { Id } from '@earshot/base/ids.ts';
import type { WordsBody } from '@earshot/protocol/bodies.ts';
import type { Happening } from '../earshot.ts';
import type { MessageRow, PlaceRow } from '../replica/row.ts';
import { keys } from '../stores/keys.ts';
import type { Transaction } from '../stores/transaction.ts';

/** Words of messages that are not here yet: one's own log may be ahead of the conversation's. */
type WordsAhead = { readonly [message: Id]: string };

/** What one of a person's devices says that a message shall be found by. The last one counts. */
export async function applyWords(transaction: Transaction, { message, words }: Omit<WordsBody, 'kind'>, happenings: Happening[]): Promise<void> {
  const place = await transaction.get<PlaceRow>(keys.at(message));
  const row = place && (await transaction.get<MessageRow>(keys.message(place.log, place.seq)));
  if (row === undefined) {
    transaction.put(keys.wordsAhead, { ...(await transaction.get<WordsAhead>(keys.wordsAhead)), [message]: words });
    return;
  }
  transaction.put(keys.message(row.log, row.seq), { ...row, words });
  happenings.push({ type: 'changed', conversation: row.log, message });
}

/** What was said of a message before it came. */
export async function takeWords(transaction: Transaction, message: Id): Promise<string | undefined> {
  const ahead = await transaction.get<WordsAhead>(keys.wordsAhead);
  if (ahead?.[message] === undefined) return undefined;
  const { [message]: words, ...rest } = ahead;
  transaction.put(keys.wordsAhead, rest);
  return words;
}
