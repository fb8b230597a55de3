import { batch, signal, type ReadonlySignal } from '@preact/signals';
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
  /** Shows a message in its place, however far up: reads so far, and says so in `sought` until it was shown. What is not there any more is sought no longer. */
  seek(message: Message): void;
  readonly sought: ReadonlySignal<Message | null>;
  /** The one that was sought is in sight. */
  shown(): void;
  /** Asks how far its messages have come with the others; without a network what is known stays. */
  ask(): void;
}

export const PAGE = 40;
/** So many are read at once on the way up to one that is sought. */
const STRIDE = 500;

type Messages = Pick<Earshot['messages'], 'list' | 'ask'>;
type Parts = { readonly messages: Messages; readonly conversations: Pick<Earshot['conversations'], 'changes'> } & Pick<Earshot, 'on'>;

export function createThread(earshot: Parts, notices: Pick<Notices, 'failed'>): Thread {
  const conversation = signal<Id | null>(null);
  const messages = signal<readonly Message[] | undefined>(undefined);
  const changes = signal<readonly ConversationChange[]>([]);
  const more = signal(false);
  const sought = signal<Message | null>(null);
  let limit = PAGE;
  const refresh = refresher(async () => {
    const id = conversation.value;
    if (id === null) return;
    const sight = sought.value;
    const { list, whole } = await read(earshot.messages, id, { limit, sought: sight });
    const between = await earshot.conversations.changes(id, { from: whole ? 0 : (list[0]?.seq ?? 0) });
    if (conversation.value !== id) return;
    // What was brought in sight stays there; one more than there are, and it shows that these are all.
    limit = Math.max(limit, whole ? list.length + 1 : list.length);
    batch(() => {
      messages.value = list;
      changes.value = between;
      more.value = !whole;
      if (sight !== null && sought.value === sight && !holds(list, sight)) sought.value = null;
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
  const show = (id: Id | null, message: Message | null): void => {
    const turns = id !== conversation.value;
    if (turns) {
      conversation.value = id;
      messages.value = undefined;
      changes.value = [];
      more.value = false;
      limit = PAGE;
    }
    sought.value = message;
    refresh();
    if (turns) ask();
  };
  return {
    conversation,
    messages,
    changes,
    more,
    open: (id) => {
      if (id !== conversation.value) show(id, null);
    },
    ask,
    sought,
    seek: (message) => show(message.conversation, message),
    shown: () => {
      sought.value = null;
    },
    older: () => {
      limit += PAGE;
      refresh();
    },
  };
}

/** The newest `limit` messages, and those before them up to the one that is sought, where it is still there. `whole`: there are none before them. */
async function read(messages: Messages, id: Id, { limit, sought }: { limit: number; sought: Message | null }): Promise<{ list: readonly Message[]; whole: boolean }> {
  const newest = await messages.list(id, { limit });
  let list = newest;
  let whole = list.length < limit;
  while (sought !== null && !whole && !holds(list, sought)) {
    // Those that are in no log yet are the newest and have no number to go on from.
    const from = list[0]?.seq ?? null;
    if (from !== null && from <= (sought.seq ?? Infinity)) break;
    const size = from === null ? list.length + STRIDE : STRIDE;
    const next = await messages.list(id, { limit: size, ...(from !== null && { before: from }) });
    whole = next.length < size;
    list = from === null ? next : [...next, ...list];
  }
  // Nobody waits for all that is older where there is nothing to find.
  return sought === null || holds(list, sought) ? { list, whole } : { list: newest, whole: newest.length < limit };
}

function holds(list: readonly Message[], sought: Message): boolean {
  return list.some(({ id }) => id === sought.id);
}
