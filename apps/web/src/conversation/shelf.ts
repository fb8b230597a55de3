import { computed, signal, type ReadonlySignal } from '@preact/signals';
import type { Id } from '@earshot/base/ids.ts';
import type { Conversation, Earshot, Happening } from '@earshot/client/earshot.ts';
import type { Person } from '@earshot/protocol/people.ts';
import type { Session } from '../account/session.ts';
import type { Notices } from '../shell/notices.ts';
import { refresher } from '../shell/refresh.ts';

/** The conversations and the people, as the replica has them. Undefined until it was read once. */
export interface Shelf {
  readonly conversations: ReadonlySignal<readonly Conversation[] | undefined>;
  readonly people: ReadonlySignal<readonly Person[]>;
  /** Unheard messages in conversations that are not muted: for the title of the page. */
  readonly unheard: ReadonlySignal<number>;
  find(id: Id): Conversation | undefined;
  refresh(): void;
}

const concerns: ReadonlySet<Happening['type']> = new Set(['account', 'people', 'conversations', 'message', 'changed', 'heard', 'removed']);

export function createShelf(earshot: Earshot, session: Session, notices: Notices): Shelf {
  const conversations = signal<readonly Conversation[] | undefined>(undefined);
  const people = signal<readonly Person[]>([]);
  const refresh = refresher(async () => {
    if ((await earshot.account.current()) === null) {
      conversations.value = undefined;
      people.value = [];
      return;
    }
    const [all, known] = await Promise.all([earshot.conversations.list(), earshot.people.list()]);
    conversations.value = all.toSorted(byPlace);
    people.value = known;
  }, notices.failed);
  earshot.on((happening) => {
    if (concerns.has(happening.type)) refresh();
  });
  session.who.subscribe(() => refresh());
  const unheard = computed(() => (conversations.value ?? []).reduce((sum, one) => sum + (one.muted ? 0 : one.unheard), 0));
  return { conversations, people, unheard, refresh, find: (id) => conversations.value?.find((one) => one.id === id) };
}

/** Notes first, then the newest. */
function byPlace(one: Conversation, other: Conversation): number {
  if (one.kind === 'self') return -1;
  if (other.kind === 'self') return 1;
  return other.at - one.at;
}
