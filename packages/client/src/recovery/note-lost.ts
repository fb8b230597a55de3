import { directLogId } from '@earshot/protocol/envelope.ts';
import type { SessionRow } from '../account/session.ts';
import { forwardedBody } from '../replica/forward.ts';
import type { LogRow } from '../replica/row.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import { transact } from '../stores/transaction.ts';
import type { MessageLine } from './copy-format.ts';
import { idOfOwn, isThere, layInOutbox } from './lay-aside.ts';

/**
 * Says a message on into one's own notes, with its sound, because the server does not know it: with who said it and when, as this person's word. False
 * when it is there already. Nobody else could be told more: a number in a log is the server's word, and it has given that to something else.
 */
export async function noteLost(store: Store, who: SessionRow, line: MessageLine, sealed: readonly Uint8Array<ArrayBuffer>[]): Promise<boolean> {
  const notes = await directLogId(who.person, who.person);
  const id = await idOfOwn(who.person, line.id);
  const blobs = await Promise.all(line.blobs.map(async (blob) => ({ ...blob, id: await idOfOwn(who.person, blob.id) })));
  return await transact(store, async (transaction) => {
    const log = await transaction.get<LogRow>(keys.log(notes));
    if (log === undefined || (await isThere(transaction, id)) || (await transaction.get(keys.givenUp(id))) !== undefined) return false;
    await layInOutbox(transaction, who, { id, conversation: notes, made: line.at, message: forwardedBody(line, log), blobs, sealed }, 'released');
    return true;
  });
}
