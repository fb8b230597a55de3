import { signal, type ReadonlySignal } from '@preact/signals';
import type { Id } from '@earshot/base/ids.ts';
import type { Earshot, Message } from '@earshot/client/earshot.ts';
import type { Notices } from '../shell/notices.ts';
import { refresher } from '../shell/refresh.ts';

/** The messages of the conversation that is open. */
export interface Thread {
  readonly conversation: ReadonlySignal<Id | null>;
  /** Undefined until they were read once. Oldest first. */
  readonly messages: ReadonlySignal<readonly Message[] | undefined>;
  /** Whether there may be older ones than those shown. */
  readonly more: ReadonlySignal<boolean>;
  open(conversation: Id | null): void;
  older(): void;
}

export const PAGE = 40;

export function createThread(earshot: Earshot, notices: Notices): Thread {
  const conversation = signal<Id | null>(null);
  const messages = signal<readonly Message[] | undefined>(undefined);
  const more = signal(false);
  let limit = PAGE;
  const refresh = refresher(async () => {
    const id = conversation.value;
    if (id === null) return;
    const list = await earshot.messages.list(id, { limit });
    if (conversation.value !== id) return;
    messages.value = list;
    more.value = list.length >= limit;
  }, notices.failed);
  earshot.on((happening) => {
    if ('conversation' in happening ? happening.conversation === conversation.value : happening.type === 'conversations') refresh();
  });
  return {
    conversation,
    messages,
    more,
    open: (id) => {
      if (id === conversation.value) return;
      conversation.value = id;
      messages.value = undefined;
      more.value = false;
      limit = PAGE;
      refresh();
    },
    older: () => {
      limit += PAGE;
      refresh();
    },
  };
}
