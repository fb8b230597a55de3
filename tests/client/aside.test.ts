import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import type { Store } from '@earshot/client/store.ts';
import type { Transport } from '@earshot/client/transport.ts';
import { details, packets, personId, signInToo, town, until } from './town.ts';

async function say(earshot: Earshot, conversation: string, seed: number): Promise<string> {
  const take = await earshot.outgoing.begin({ take: makeId(systemRandom), conversation });
  await take.append(packets(20, seed));
  const id = await take.send(details(20));
  await earshot.outgoing.stored(id);
  return id;
}

/** A store in which nothing that lies aside comes into its place before the gate is open. */
function gated(inner: Store, gate: Promise<void>): Store {
  return {
    get: (key) => inner.get(key), list: (range) => inner.list(range), close: () => inner.close(),
    commit: async (changes) => {
      if (changes.some((change) => 'drop' in change && change.drop.startsWith('r/aside/'))) await gate;
      return await inner.commit(changes);
    },
  };
}

test('[ASIDE1] who comes back to more than one answer holds sees the list as it is and hears the newest, before the rest is opened; [ASIDE2] and a run that was ended there is gone on with', { timeout: 120_000 }, async () => {
  await using place = await town({ limits: { eventsPerPage: 6 } });
  const anna = await place.person('anna');
  const [bert, cara] = [await place.person('bert'), await place.person('cara')];
  await anna.synced();
  const store = memoryStore();
  const laptop = await place.device({ store });
  await signInToo(laptop, anna, 'laptop');
  await laptop.start();
  await laptop.synced();
  await laptop[Symbol.asyncDispose]();

  const [withBert, withCara] = [await bert.conversations.direct(await personId(anna)), await cara.conversations.direct(await personId(anna))];
  for (let seed = 1; seed <= 3; seed += 1) await say(cara, withCara, seed);
  const sent: string[] = [];
  for (let seed = 1; seed <= 14; seed += 1) sent.push(await say(bert, withBert, seed));
  const [first = '', last = ''] = [sent[0], sent.at(-1)];
  await until(anna, async () => (await anna.messages.get(first))?.here === true);
  await anna.messages.heard(first, 1);
  await anna.settled();

  const never = Promise.withResolvers<void>();
  // It may end before anything waits there.
  never.promise.catch(() => undefined);
  const shown = async (earshot: Earshot): Promise<unknown> => (await earshot.conversations.list()).filter(({ kind }) => kind === 'direct').map((one) => [one.id, one.unheard, one.last?.seq]);
  const expected = [[withBert, 13, 15], [withCara, 3, 4]];
  const cut = await place.device({ store: gated(store, never.promise) });
  await cut.start();
  await until(cut, async () => (await cut.messages.get(last)) !== null);
  assert.deepEqual(await shown(cut), expected);
  assert.deepEqual(await cut.messages.audio(last), await bert.messages.audio(last));
  assert.equal(await cut.messages.get(first), null);
  const ended = cut[Symbol.asyncDispose]();
  never.reject(new Error('killed'));
  await ended;

  const again = await place.device({ store });
  await again.start();
  await until(again, async () => (await again.messages.get(first)) !== null && (await store.list({ from: 'r/aside/', to: 'r/aside0' })).length === 0);
  assert.deepEqual(await shown(again), expected);
  for (const id of sent) await until(again, async () => (await again.messages.get(id))?.here === true);
  assert.deepEqual((await again.messages.list(withBert)).map(({ id, heard, failure }) => [id, heard, failure]), sent.map((id) => [id, id === first, null]));
  // What is said now has its place behind all of it.
  const next = await say(bert, withBert, 99);
  await until(again, async () => (await again.messages.get(next))?.here === true);
  assert.equal((await again.messages.list(withBert)).at(-1)?.id, next);
  await until(bert, async () => (await bert.messages.get(next))?.state.at === 'delivered');
});

/** Its first connections end before the server said anything; `tried` counts them all. */
function refusing(first: number): { readonly transport: (real: Transport) => Transport; readonly tried: () => number } {
  let tried = 0;
  const transport = (real: Transport): Transport => ({
    request: (request) => real.request(request),
    connect: (path, headers, handlers) => {
      tried += 1;
      if (tried > first) return real.connect(path, headers, handlers);
      queueMicrotask(() => handlers.closed(1006));
      return { send: () => undefined, close: () => undefined };
    },
  });
  return { transport, tried: () => tried };
}

test('[ASIDE1] a new device with a long history behind it shows the list before anything of that is in its place, and the next connection waits for none of it', { timeout: 120_000 }, async () => {
  await using place = await town({ limits: { eventsPerPage: 6 } });
  const [anna, bert] = [await place.person('anna'), await place.person('bert')];
  await anna.synced();
  const conversation = await bert.conversations.direct(await personId(anna));
  const sent: string[] = [];
  for (let seed = 1; seed <= 14; seed += 1) sent.push(await say(bert, conversation, seed));
  const last = sent.at(-1) ?? '';

  const gate = Promise.withResolvers<void>();
  const { transport, tried } = refusing(1);
  const late = await place.device({ store: gated(memoryStore(), gate.promise), transport });
  await signInToo(late, anna, 'late');
  await late.start();
  try {
    await until(late, async () => tried() > 1);
    const shown = (await late.conversations.list()).find(({ kind }) => kind === 'direct');
    assert.deepEqual([shown?.members.some(({ name }) => name === 'bert'), shown?.unheard, shown?.last?.id, shown?.last?.seq], [true, 14, last, 15]);
    assert.deepEqual(await late.messages.audio(last), await bert.messages.audio(last));
    assert.equal(await late.messages.get(sent[0] ?? ''), null);
  } finally {
    gate.resolve();
  }
  await until(late, async () => late.connection.state === 'live');
  for (const id of sent) await until(late, async () => (await late.messages.get(id))?.here === true);
});

test('[SYNC7] what changes about an account without changing the session leaves the connection as it is', async () => {
  await using place = await town();
  const anna = await place.person('anna');
  const { transport, tried } = refusing(0);
  const bert = await place.person('bert', { transport });
  await until(bert, async () => bert.connection.state === 'live');
  await bert.account.renewRecovery();
  const conversation = await anna.conversations.direct(await personId(bert));
  const said = await say(anna, conversation, 1);
  await until(bert, async () => (await bert.messages.get(said))?.here === true);
  assert.equal(tried(), 1);
});

test('[ASIDE1] a new device knows of what lay aside whom it has reached, without another connection', { timeout: 120_000 }, async () => {
  await using place = await town({ limits: { eventsPerPage: 6 } });
  const [anna, bert] = [await place.person('anna'), await place.person('bert')];
  await anna.synced();
  const conversation = await anna.conversations.direct(await personId(bert));
  const sent: string[] = [];
  for (let seed = 1; seed <= 4; seed += 1) sent.push(await say(anna, conversation, seed));
  for (let seed = 5; seed <= 14; seed += 1) await say(bert, conversation, seed);
  for (const id of sent) await until(anna, async () => (await anna.messages.get(id))?.state.at === 'delivered');
  await bert[Symbol.asyncDispose]();

  const late = await place.device({ store: memoryStore() });
  await signInToo(late, anna, 'late');
  await late.start();
  for (const id of sent) await until(late, async () => (await late.messages.get(id))?.state.at === 'delivered');
});
