import type { Id } from '@earshot/base/ids.ts';
import type { Earshot, Message, MessageState } from '@earshot/client/earshot.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Journal } from './decided.ts';

/** Takes that were given to the outbox: the journal keeps each until the server has its message, or until its person has given it up. */
export interface SentTakes {
  /** From now on: `stored` or `rests` tells what came of it. */
  follow(message: Id, take: Id): void;
  /** Whether this device has the recording of a message that is on its way: given up, it would rest. */
  keeps(message: Id): boolean;
  /** Nobody is signed in any more: what was on its way is looked at again when she is back. */
  leave(): void;
}

interface Parts {
  readonly earshot: Pick<Earshot, 'outgoing' | 'messages' | 'on'>;
  readonly journal: () => Promise<Journal>;
  readonly failed: (error: unknown) => void;
  /** The server has the message. */
  readonly stored: (message: Id, take: Id) => Promise<void>;
  /** The message was given up; its take was discarded. */
  readonly rests: () => Promise<void>;
}

export function createSentTakes({ earshot, journal, failed, stored, rests }: Parts): SentTakes {
  const takes = new Map<Id, Id>();
  /** Refused by the server: what becomes of them is up to their person. */
  const aside = new Set<Id>();
  let leaving = new AbortController();
  const look = async (message: Id, take: Id): Promise<void> => {
    const { signal } = leaving;
    try {
      await earshot.outgoing.stored(message, { signal });
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Failure)) throw error;
      await notStored(message, take);
      return;
    }
    takes.delete(message);
    await stored(message, take);
  };
  const notStored = async (message: Id, take: Id): Promise<void> => {
    if ((await earshot.messages.get(message)) !== null) {
      aside.add(message);
      return;
    }
    takes.delete(message);
    await letRest(await journal(), take);
    await rests();
  };
  const follow = (message: Id, take: Id): void => {
    takes.set(message, take);
    look(message, take).catch(failed);
  };
  earshot.on((happening) => {
    if (happening.type !== 'changed' || !aside.delete(happening.message)) return;
    const take = takes.get(happening.message);
    if (take !== undefined) follow(happening.message, take);
  });
  return {
    follow,
    keeps: (message) => takes.has(message),
    leave: () => {
      leaving.abort();
      leaving = new AbortController();
      takes.clear();
      aside.clear();
    },
  };
}

/** What was sent and given up is in Recently Deleted, like what was discarded before. Another window may have seen to it. */
async function letRest(journal: Journal, take: Id): Promise<void> {
  const found = (await journal.drafts()).find((one) => one.take === take);
  if (found?.state === 'sent') await journal.discard(take);
}

/** Looks at what was sent in earlier runs. Resolves to the takes of which this device knows no message. */
export async function tidySent(earshot: Pick<Earshot, 'messages' | 'outgoing'>, journal: Journal, sent: SentTakes, settle: (take: Id, message: Message) => Promise<void>): Promise<Id[]> {
  const lost: Id[] = [];
  // What was taken back is on its way and shown nowhere.
  const underWay = await earshot.outgoing.underWay();
  for (const { take, open, state } of await journal.drafts()) {
    if (open || state !== 'sent') continue;
    const message = await earshot.messages.get(take);
    if (message === null && !underWay.has(take)) lost.push(take);
    else if (message !== null && isThere(message.state)) await settle(take, message);
    else sent.follow(take, take);
  }
  return lost;
}

const isThere = (state: MessageState): boolean => state.at === 'stored' || state.at === 'delivered' || state.at === 'heard';

/** Of a device that was let in just now only the server tells what was given up. Without a network this waits for the next time: false. */
export async function letRestIfGivenUp(earshot: Pick<Earshot, 'synced' | 'messages'>, journal: Journal, takes: readonly Id[]): Promise<boolean> {
  if (!(await earshot.synced().then(() => true, () => false))) return false;
  for (const take of takes) if ((await earshot.messages.get(take)) === null) await letRest(journal, take);
  return true;
}
