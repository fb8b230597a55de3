import type { Id } from '@earshot/base/ids.ts';
import { directLogId } from '@earshot/protocol/envelope.ts';
import type { SessionRow } from '../account/session.ts';
import { forwardedBody, type Said } from '../replica/forward.ts';
import type { LogRow, MessageRow } from '../replica/row.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import { transact } from '../stores/transaction.ts';
import type { Choice } from './brought-back.ts';
import { idOfOwn, isThere, layInOutbox } from './lay-aside.ts';

type Lost = Said & Pick<MessageRow, 'blobs'>;

/** What the server does not know may be in one's notes already, or have been given up on its way there. */
export async function notedAs(store: Pick<Store, 'get'>, person: Id, lost: Id, { removed }: Choice): Promise<'here' | 'removed' | 'unknown'> {
  const id = await idOfOwn(person, lost);
  if (removed?.includes(lost) !== true && (await store.get(keys.givenUp(id))) !== undefined) return 'removed';
  return (await isThere(store, id)) ? 'here' : 'unknown';
}

/**
 * Says a message on into one's own notes, with its sound, because the server does not know it: with who said it and when, as this person's word. False
 * when it is there already. Nobody else could be told more: a number in a log is the server's word, and it has given that to something else.
 */
export async function noteLost(store: Store, who: SessionRow, lost: Lost, sealed: readonly Uint8Array<ArrayBuffer>[]): Promise<boolean> {
  const notes = await directLogId(who.person, who.person);
  const id = await idOfOwn(who.person, lost.id);
  const blobs = await Promise.all(lost.blobs.map(async (blob) => ({ ...blob, id: await idOfOwn(who.person, blob.id) })));
  return await transact(store, async (transaction) => {
    const log = await transaction.get<LogRow>(keys.log(notes));
    if (log === undefined || (await isThere(transaction, id))) return false;
    transaction.drop(keys.givenUp(id));
    await layInOutbox(transaction, who, { id, conversation: notes, made: lost.at, message: forwardedBody(lost, log), expiry: null, blobs, sealed }, 'released');
    return true;
  });
}
