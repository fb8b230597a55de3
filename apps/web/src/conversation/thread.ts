import { batch, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Id } from '@earshot/base/ids.ts';
import type { ConversationChange, Earshot, Message } from '@earshot/client/earshot.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Notices } from '../shell/notices.ts';
import { refresher } from '../shell/refresh.ts';

/** The messages of the conversation that is open. */
export interface Thread {
  readonly conversation: ReadonlySignal<Id | null>;
  /** Undefined until they were read once. Oldest first. */
  readonly messages: ReadonlySignal<readonly Message[] | undefined>;
  /** Who came and went meanwhile, and what the group was called. */
  readonly changes: ReadonlySignal<readonly ConversationChange[]>;
  /** Whether there may be older ones than those shown. */
  readonly more: ReadonlySignal<boolean>;
  open(conversation: Id | null): void;
  older(): void;
  /** Shows a message in its place, however far up: reads so far, and says so in `sought` until somebody has taken it. */
  seek(message: Message): void;
  readonly sought: Signal<Id | null>;
  /** Asks how far its messages have come with the others; without a network what is known stays. */
  ask(): void;
}

export const PAGE = 40;
/** So far up one is brought at once; what is older is read on from there. */
const FARTHEST = 500;

export function createThread(earshot: Earshot, notices: Notices): Thread {
  const conversation = signal<Id | null>(null);
  const messages = signal<readonly Message[] | undefined>(undefined);
  const changes = signal<readonly ConversationChange[]>([]);
  const more = signal(false);
  const sought = signal<Id | null>(null);
  let limit = PAGE;
  const refresh = refresher(async () => {
    const id = conversation.value;
    if (id === null) return;
    const list = await earshot.messages.list(id, { limit });
    const whole = list.length < limit;
    const between = await earshot.conversations.changes(id, { from: whole ? 0 : (list[0]?.seq ?? 0) });
    if (conversation.value !== id) return;
    batch(() => {
      messages.value = list;
      changes.value = between;
      more.value = !whole;
    });
  }, notices.failed);
  const ask = (): void => {
    const id = conversation.value;
    if (id === null) return;
    earshot.messages.ask(id).catch((error: unknown) => {
      if (!(error instanceof Failure)) notices.failed(error);
    });
  };
  earshot.on((happening) => {
    if ('conversation' in happening ? happening.conversation === conversation.value : happening.type === 'conversations') refresh();
  });
  const open = (id: Id | null): void => {
    if (id === conversation.value) return;
    conversation.value = id;
    messages.value = undefined;
    changes.value = [];
    more.value = false;
    limit = PAGE;
    refresh();
    ask();
  };
  return {
    conversation,
    messages,
    changes,
    more,
    open,
    ask,
    sought,
    seek: ({ id, conversation: where }) => {
      open(where);
      sought.value = id;
      limit = FARTHEST;
      refresh();
    },
    older: () => {
      limit += PAGE;
      refresh();
    },
  };
}
