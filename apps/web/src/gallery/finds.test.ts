import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { FindQuery, FoundMessages } from '@earshot/client/earshot-finding.ts';
import type { Happening, Message } from '@earshot/client/earshot.ts';
import { createFinds, type Finds, PAGE } from './finds.ts';

/** What there is, the newest last. */
let all: Message[];
/** Each question, and how to answer it. */
let asked: { query: FindQuery; answer: () => void }[];
let listeners: Set<(happening: Happening) => void>;
let finds: Finds;

const messageOf = (number: number, conversation = 'talk'): Message => ({ id: `m${number}`, conversation, heard: false, removed: null, resting: null, expiry: null, keptFor: null, mine: false }) as unknown as Message;
const fits = (query: FindQuery) => (one: Message): boolean => one.removed === null && (query.conversation === undefined || query.conversation === one.conversation) && (query.unheard !== true || !one.heard);

beforeEach(() => {
  all = Array.from({ length: 130 }, (_, at) => messageOf(at));
  asked = [];
  listeners = new Set();
  const find = async (query: FindQuery): Promise<FoundMessages> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    asked.push({ query, answer: resolve });
    await promise;
    const found = all.filter(fits(query)).toReversed();
    const from = query.cursor === undefined ? 0 : found.findIndex(({ id }) => id === query.cursor) + 1;
    const messages = found.slice(from, from + (query.limit ?? 50));
    return { messages, count: found.length, more: from + messages.length < found.length ? (messages.at(-1)?.id ?? null) : null };
  };
  const get = async (id: string): Promise<Message | null> => all.find((one) => one.id === id) ?? null;
  const on = (listener: (happening: Happening) => void): (() => void) => (listeners.add(listener), () => void listeners.delete(listener));
  finds = createFinds({ earshot: { messages: { find, get }, on }, notices: { failed: (error) => assert.fail(String(error)) } });
});

/** Answers all that is asked until nothing is asked any more. Resolves with how many questions these were. */
async function answers(): Promise<number> {
  for (let count = 0; ; count += 1) {
    await turn();
    const next = asked.shift();
    if (next === undefined) return count;
    next.answer();
  }
}

function happens(type: 'message' | 'changed' | 'heard', { id, conversation }: Message): void {
  for (const listener of listeners) listener(type === 'changed' ? { type, conversation, message: id } : type === 'heard' ? { type, conversation, message: id, person: 'p', at: 0 } : { type, conversation, message: id, from: 'p' });
}

const ids = (): string[] => (finds.found.value?.messages ?? []).map(({ id }) => id);
const newest = (many: number): string[] => all.toReversed().slice(0, many).map(({ id }) => id);
const change = (number: number, how: Partial<Message>): void => void (all = all.map((one, at) => (at === number ? { ...one, ...how } : one)));

test('[FIND6] more is asked for twice before the answer is there: each message is shown once', async () => {
  finds.ask({});
  await answers();
  assert.deepEqual(ids(), newest(PAGE));
  finds.more();
  finds.more();
  await answers();
  assert.deepEqual(ids(), newest(2 * PAGE));
  finds.more();
  await answers();
  assert.deepEqual([ids(), finds.found.value?.more], [newest(130), null]);
});

test('[FIND6] what came, was heard or is gone shows at once, as many as were shown; a burst costs two readings, and another conversation none', async () => {
  const end = finds.follow();
  finds.ask({ conversation: 'talk' });
  await answers();
  finds.more();
  await answers();
  change(129, { heard: true });
  change(128, { removed: { at: 1, by: 'p', rule: 'expired' } });
  all = [...all, messageOf(130)];
  for (const one of all.slice(-3)) happens('changed', one);
  happens('message', messageOf(130));
  assert.equal(await answers(), 2);
  assert.deepEqual(ids(), newest(101).filter((id) => id !== 'm128'));
  assert.deepEqual(finds.found.value?.messages.slice(0, 2).map(({ heard }) => heard), [false, true]);
  happens('changed', messageOf(7, 'other'));
  assert.equal(await answers(), 0);
  end();
  happens('changed', messageOf(7));
  assert.equal(await answers(), 0);
});

test('[FIND6] an answer to what is not asked any more is not shown, and what is asked anew begins with its first', async () => {
  finds.ask({});
  await answers();
  finds.more();
  finds.ask({ unheard: true });
  finds.more();
  change(129, { heard: true });
  await answers();
  assert.deepEqual(ids(), newest(PAGE + 1).slice(1));
});

test('[FIND5] [FIND6] all that were found are chosen at once; what is gone is chosen no longer, all others stay chosen', async () => {
  finds.follow();
  change(3, { expiry: { seconds: 0 } });
  finds.ask({});
  await answers();
  const choosing = finds.chooseAll();
  await answers();
  await choosing;
  assert.equal(finds.chosen.value?.size, 129);
  change(5, { removed: { at: 1, by: 'p', rule: 'removed' } });
  change(6, { heard: true });
  happens('changed', messageOf(5));
  happens('changed', messageOf(6));
  await answers();
  assert.deepEqual([finds.chosen.value?.size, finds.chosen.value?.has('m5'), finds.chosen.value?.get('m6')?.heard], [128, false, true]);
  finds.chosen.value = null;
  happens('changed', messageOf(7));
  await answers();
  assert.equal(finds.chosen.value, null);
});
