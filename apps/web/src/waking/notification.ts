import type { Conversation, Message } from '@earshot/client/earshot.ts';
import type { Id } from '@earshot/base/ids.ts';
import { nameOf, titleOf } from '../conversation/naming.ts';
import type { Words } from '../words/words.ts';

/** A notification to be shown, made on this device from what it holds. */
export interface Notification {
  /** One per conversation: a later one takes its place. */
  readonly tag: string;
  readonly title: string;
  readonly body: string;
  /** Where in the app it leads. */
  readonly path: string;
}

/** What to tell of `messages`: who spoke, and for how long. */
export function notificationsOf(messages: readonly Message[], conversations: readonly Conversation[], me: Id, words: Words): Notification[] {
  return [...new Set(messages.map(({ conversation }) => conversation))].map((id) => {
    const fresh = messages.filter((one) => one.conversation === id);
    const conversation = conversations.find((one) => one.id === id);
    const seconds = fresh.reduce((sum, one) => sum + one.seconds, 0);
    return {
      tag: id, path: `/c/${id}`, title: titleFor(fresh, conversation, me, words),
      body: words.t('notify.messages', { count: fresh.length, length: words.spokenLength(Math.max(1, seconds)) }),
    };
  });
}

function titleFor(fresh: readonly Message[], conversation: Conversation | undefined, me: Id, words: Words): string {
  const names = [...new Set(fresh.map(({ from }) => nameOf(conversation, from, [], words)))];
  if (conversation?.kind !== 'group') return words.names(names);
  return words.t('notify.inGroup', { names: words.names(names), group: titleOf(conversation, me, words) });
}

/** When nothing more is known: the server was not reached, or what came was taken back. A browser that was woken must show something. */
export function genericNotification(reached: boolean, words: Words): Notification {
  return { tag: 'earshot', path: '/', title: words.t('app.name'), body: words.t(reached ? 'notify.nothing' : 'notify.something') };
}
