import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Id } from '@earshot/base/ids.ts';
import type { FindQuery, FoundMessages } from '@earshot/client/earshot-finding.ts';
import type { Earshot, Happening, Message } from '@earshot/client/earshot.ts';
import { isForOnce } from '@earshot/client/saving/saved.ts';
import type { Notices } from '../shell/notices.ts';
import { refresher } from '../shell/refresh.ts';

/** What the gallery shows, as it is by now: what came, was heard or is gone changes it while one looks. */
export interface Finds {
  /** Null until it was read once. */
  readonly found: ReadonlySignal<FoundMessages | null>;
  /** Those that were chosen; null while nobody chooses. Whoever chooses writes it; what is gone leaves it by itself. */
  readonly chosen: Signal<ReadonlyMap<Id, Message> | null>;
  ask(query: FindQuery): void;
  /** Pressed again before the answer is there, it asks for nothing else. */
  more(): void;
  chooseAll(): Promise<void>;
  /** Follows what happens, until the returned function is called. */
  follow(): () => void;
}

type Parts = { readonly earshot: { readonly messages: Pick<Earshot['messages'], 'find' | 'get'> } & Pick<Earshot, 'on'>; readonly notices: Pick<Notices, 'failed'> };

/** So many are shown at first, and so many more each time. */
export const PAGE = 50;
/** The most that one question answers. */
const MOST = 1_000;

const concerns: ReadonlySet<Happening['type']> = new Set(['message', 'changed', 'removed']);

export function createFinds({ earshot, notices }: Parts): Finds {
  const found = signal<FoundMessages | null>(null);
  const chosen = signal<ReadonlyMap<Id, Message> | null>(null);
  let query: FindQuery = {};
  /** The query that `found` answers. */
  let answered: FindQuery | null = null;
  let wanted = PAGE;
  const refresh = refresher(async () => {
    const asked = query;
    const next = await findMany(earshot.messages, asked, wanted);
    if (query !== asked) return;
    answered = asked;
    found.value = next;
  }, notices.failed);
  const look = async (id: Id): Promise<void> => {
    const now = await earshot.messages.get(id);
    // Whoever chooses may have let go of it meanwhile.
    if (chosen.value?.has(id) === true) chosen.value = changed(chosen.value, id, now);
  };
  const heard = (happening: Happening): void => {
    if (!('message' in happening) || !concerns.has(happening.type)) return;
    if (query.conversation === undefined || query.conversation === happening.conversation) refresh();
    if (chosen.value?.has(happening.message) === true) look(happening.message).catch(notices.failed);
  };
  return {
    found,
    chosen,
    ask: (next) => {
      query = next;
      wanted = PAGE;
      refresh();
    },
    more: () => {
      if (answered !== query || found.value === null) return;
      wanted = found.value.messages.length + PAGE;
      refresh();
    },
    chooseAll: async () => {
      const { messages } = await findMany(earshot.messages, query, Infinity);
      chosen.value = new Map(messages.filter((message) => !isForOnce(message)).map((message) => [message.id, message]));
    },
    follow: () => earshot.on(heard),
  };
}

/** The first `wanted` that fit. */
async function findMany(messages: Pick<Earshot['messages'], 'find'>, query: FindQuery, wanted: number): Promise<FoundMessages> {
  let page = await messages.find({ ...query, limit: Math.min(MOST, wanted) });
  const all = [...page.messages];
  while (page.more !== null && all.length < wanted) {
    page = await messages.find({ ...query, limit: Math.min(MOST, wanted - all.length), cursor: page.more });
    all.push(...page.messages);
  }
  return { ...page, messages: all };
}

/** Without it once it cannot be heard any more, else with what is known of it by now. */
function changed(all: ReadonlyMap<Id, Message>, id: Id, now: Message | null): ReadonlyMap<Id, Message> {
  const next = new Map(all);
  if (now === null || now.removed !== null || now.resting !== null) next.delete(id);
  else next.set(id, now);
  return next;
}
