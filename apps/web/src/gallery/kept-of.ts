import type { Message } from '@earshot/client/earshot.ts';
import type { Kept } from '@earshot/client/saving/saved.ts';
import { nameOf, titleOf } from '../conversation/naming.ts';
import type { App } from '../shell/app.ts';

/** A message with the names under which it is saved. */
export function keptOf(message: Message, { shelf, session, words }: Pick<App, 'shelf' | 'session' | 'words'>): Kept {
  const who = session.who.value;
  const where = shelf.find(message.conversation);
  return {
    message,
    from: message.mine && who ? who.name : nameOf(where, message.from, shelf.people.value, words),
    conversation: where === undefined ? words.t('conversation.unknown') : titleOf(where, who?.person ?? '', words),
  };
}
