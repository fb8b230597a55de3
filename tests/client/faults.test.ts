import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { makeId } from '@earshot/base/ids.ts';
import { seededRandom, systemRandom } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import type { Transport } from '@earshot/client/transport.ts';
import { memoryLocks } from '@earshot/client/locks/memory.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { details, happening, packets, personId, reaches, type Town, town, until } from './town.ts';

async function speak(anna: Earshot, conversation: string, count = 250, seed = 1): Promise<string> {
  const take = makeId(systemRandom);
  const growing = await anna.outgoing.begin({ take, conversation });
  const spoken = packets(count, seed);
  for (let at = 0; at < spoken.length; at += 50) await growing.append(spoken.slice(at, at + 50));
  await growing.send(details(count));
  return take;
}

async function pair(place: Town, parts?: Parameters<Town['person']>[1]): Promise<{ anna: Earshot; bert: Earshot; conversation: string }> {
  const anna = await place.person('anna', parts);
  const bert = await place.person('bert');
  await anna.synced();
  return { anna, bert, conversation: await anna.conversations.direct(await personId(bert)) };
}

async function arrived(bert: Earshot, conversation: string, ids: readonly string[]): Promise<void> {
  await until(bert, async () => {
    const here = new Set((await bert.messages.list(conversation, { limit: 500 })).filter((message) => message.here).map(({ id }) => id));
    return ids.every((id) => here.has(id));
  });
}

/** Requests fail before they were sent, or after they were carried out, or are carried out twice, by a seeded choice. */
function unreliable(seed: number, share: number): (real: Transport) => Transport {
  const random = seededRandom(seed);
  return (real) => ({
    connect: (...input) => real.connect(...input),
    request: async (request) => {
      const luck = random.fraction();
      if (luck < share / 3) throw new Failure('network.unreachable');
      const answer = await real.request(request);
      if (luck < (share * 2) / 3) throw new Failure('network.stalled');
      return luck < share ? await real.request(request) : answer;
    },
  });
}

test('[SEND2] over a way that loses, repeats and cuts, every message arrives once, whole and in order', async () => {
  await using place = await town();
  const bad = { on: false };
  const transport = (real: Transport): Transport => {
    const broken = unreliable(5, 0.45)(real);
    return { connect: (...input) => real.connect(...input), request: (request) => (bad.on ? broken : real).request(request) };
  };
  const { anna, bert, conversation } = await pair(place, { transport });
  bad.on = true;
  const sent: string[] = [];
  for (let n = 1; n <= 8; n += 1) sent.push(await speak(anna, conversation, 40 * n, n));
  const hurry = setInterval(() => void anna.outgoing.tryNow(), 20);
  await arrived(bert, conversation, sent);
  clearInterval(hurry);
  const list = await bert.messages.list(conversation);
  assert.deepEqual(list.map(({ id }) => id), sent);
  for (const { id, sha256 } of list) assert.equal(createHash('sha256').update(await bert.messages.audio(id)).digest('hex'), sha256);
});

test('[SEND3] while the server is away messages wait in the outbox and say why; they go when it is back', async () => {
  await using place = await town();
  const { anna, bert, conversation } = await pair(place);
  const first = await speak(anna, conversation);
  await anna.outgoing.stored(first);
  await place.stopServer();
  const second = await speak(anna, conversation, 120, 2);
  const third = await speak(anna, conversation, 60, 3);
  await until(anna, async () => {
    const state = (await anna.messages.get(second))?.state;
    return state?.at === 'sending' && state.waiting?.code === 'server.down';
  });
  assert.deepEqual((await anna.messages.list(conversation)).map(({ id }) => id), [first, second, third]);
  await place.startServer();
  await anna.outgoing.tryNow();
  await anna.outgoing.stored(third);
  await bert.outgoing.tryNow();
  await arrived(bert, conversation, [first, second, third]);
  assert.deepEqual((await bert.messages.list(conversation)).map(({ id }) => id), [first, second, third]);
});

test('[SEND4] a take goes on after its process died, from the last whole record, and arrives', async () => {
  await using place = await town();
  const store = memoryStore();
  const { bert } = await pair(place);
  // The store outlives the first program, which is never asked to end well.
  const first = await place.device({ store });
  const invitation = (await bert.people.invite()).secret;
  await first.account.join({ invitation, handle: 'cleo', name: 'Cleo', password: 'a long password', deviceName: 'phone' });
  await first.start();
  await first.synced();
  const conversation = await first.conversations.direct(await personId(bert));
  const take = makeId(systemRandom);
  const spoken = packets(400, 9);
  const growing = await first.outgoing.begin({ take, conversation });
  await growing.append(spoken.slice(0, 150));

  const second = await place.device({ store });
  await second.start();
  const again = await second.outgoing.reopen(take);
  assert(again);
  assert(again.packets > 100 && again.packets < 150, String(again.packets));
  await again.append(spoken.slice(again.packets));
  await again.send(details(400));
  const { sha256 } = await second.outgoing.stored(take);
  await arrived(bert, conversation, [take]);
  assert.equal(createHash('sha256').update(await bert.messages.audio(take)).digest('hex'), sha256);
  assert.equal(await second.outgoing.reopen(take), null);
});

test('[SEND11] two programs on one store, between which no lock holds, seal one event once: whoever is told of it can open it', async () => {
  await using place = await town();
  const { bert } = await pair(place);
  const store = memoryStore();
  const first = await place.device({ store });
  await first.account.join({ invitation: (await bert.people.invite()).secret, handle: 'cleo', name: 'Cleo', password: 'a long password', deviceName: 'phone' });
  const second = await place.device({ store, locks: memoryLocks() });
  await Promise.all([first.start(), second.start()]);
  await first.synced();
  for (let group = 0; group < 5; group += 1) {
    const conversation = await first.conversations.createGroup({ title: `Group ${group}`, members: [await personId(bert)] });
    await Promise.all([first.outgoing.tryNow(), second.outgoing.tryNow()]);
    const take = await speak(first, conversation, 50, group);
    await Promise.all([first.outgoing.tryNow(), second.outgoing.tryNow()]);
    await arrived(bert, conversation, [take]);
  }
});

test('[SEND5] undo before the server has it: nobody ever sees it, and its upload is gone', async () => {
  await using place = await town();
  const gate = Promise.withResolvers<void>();
  const held = { on: false };
  const transport = (real: Transport): Transport => ({
    connect: (...input) => real.connect(...input),
    request: async (request) => {
      if (held.on && request.method === 'POST' && request.path.endsWith('/events')) await gate.promise;
      return await real.request(request);
    },
  });
  const { anna, bert, conversation } = await pair(place, { transport });
  await anna.outgoing.stored(await speak(anna, conversation));
  const growing = await anna.outgoing.begin({ take: makeId(systemRandom), conversation });
  await growing.append(packets(200, 4));
  await growing.cancel();
  await until(anna, async () => (await anna.messages.get(growing.take)) === null);
  const last = await speak(anna, conversation, 80, 5);
  await arrived(bert, conversation, [last]);
  assert.equal(await bert.messages.get(growing.take), null);
  gate.resolve();
});

test('[SEND5] what waits for the network is given up without a trace, the first that waits as well', async () => {
  await using place = await town();
  const way = { shut: false };
  const transport = (real: Transport): Transport => ({
    connect: (...input) => real.connect(...input),
    request: async (request) => {
      if (way.shut) throw new Failure('network.unreachable');
      return await real.request(request);
    },
  });
  const { anna, bert, conversation } = await pair(place, { transport });
  await anna.outgoing.stored(await speak(anna, conversation));
  way.shut = true;
  await assert.rejects(anna.synced());
  const waits = await speak(anna, conversation, 50, 2);
  await reaches(anna, waits, ({ state }) => state.at === 'sending' && state.waiting !== null && !state.posted);
  await anna.messages.remove(waits);
  assert.equal(await anna.messages.get(waits), null);
  way.shut = false;
  await anna.outgoing.tryNow();
  const last = await speak(anna, conversation, 50, 3);
  await arrived(bert, conversation, [last]);
  // Neither it nor a removal of it is there: the first, and the last behind it.
  assert.deepEqual((await bert.messages.list(conversation)).map(({ seq }) => seq), [2, 3]);
});

test('[SEND6] taken back when the server may have it: out of sight at once, removed once it is there, and asked for once', async () => {
  await using place = await town();
  const [reachedServer, goesOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const said: string[] = [];
  const held = { on: false };
  const transport = (real: Transport): Transport => ({
    connect: (...input) => real.connect(...input),
    request: async (request) => {
      if (held.on && request.method === 'POST' && request.path.endsWith('/events')) {
        said.push((JSON.parse(String(request.body)) as { envelope: { class: string } }).envelope.class);
        reachedServer.resolve();
        await goesOn.promise;
      }
      return await real.request(request);
    },
  });
  const { anna, bert, conversation } = await pair(place, { transport });
  await anna.outgoing.stored(await speak(anna, conversation));
  held.on = true;
  const take = await speak(anna, conversation, 50, 2);
  await reachedServer.promise;
  const state = (await anna.messages.get(take))?.state;
  assert.ok(state?.at === 'sending' && state.posted);
  await anna.messages.remove(take);
  await anna.messages.remove(take);
  const shown: unknown[] = [await anna.messages.get(take), ...(await anna.messages.list(conversation)).filter(({ id }) => id === take)];
  anna.on(() => void anna.messages.get(take).then((message) => message?.removed === null && shown.push(message)));
  goesOn.resolve();
  await reaches(bert, take, ({ removed }) => removed !== null);
  await anna.settled();
  assert.equal((await anna.messages.get(take))?.removed?.by, await personId(anna));
  assert.deepEqual(shown, [null]);
  assert.deepEqual(said, ['message', 'remove']);
});

test('[SEND6] undo after the server has it: taken back for everyone, the notice stays', async () => {
  await using place = await town();
  const { anna, bert, conversation } = await pair(place);
  const take = await speak(anna, conversation);
  await arrived(bert, conversation, [take]);
  assert.equal((await bert.conversations.get(conversation))?.unheard, 1);
  const removed = happening(bert, (one): one is typeof one & { type: 'removed' } => one.type === 'removed');
  await anna.messages.remove(take);
  assert.equal((await removed).message, take);
  const message = await bert.messages.get(take);
  assert.equal(message?.removed?.by, await personId(anna));
  assert.equal(message?.here, false);
  assert.equal((await bert.conversations.get(conversation))?.unheard, 0);
  await assert.rejects(bert.messages.audio(take), (error) => error instanceof Failure && error.code === 'message.removed');
});

test('[SEND7] what the server refuses for good is set aside with its code, holds up nothing, and can be tried again', async () => {
  await using place = await town();
  const full = { on: false };
  const transport = (real: Transport): Transport => ({
    connect: (...input) => real.connect(...input),
    request: async (request) => {
      if (full.on && request.path.endsWith('/events')) throw new Failure('quota.full', { used: 1, quota: 1 });
      return await real.request(request);
    },
  });
  const { anna, bert, conversation } = await pair(place, { transport });
  await anna.outgoing.stored(await speak(anna, conversation));
  full.on = true;
  const refused = await speak(anna, conversation, 90, 2);
  await assert.rejects(anna.outgoing.stored(refused), (error) => error instanceof Failure && error.code === 'quota.full');
  full.on = false;
  const later = await speak(anna, conversation, 90, 3);
  await anna.outgoing.stored(later);
  assert.equal((await anna.messages.get(refused))?.state.at, 'set-aside');
  await anna.outgoing.retry(refused);
  await anna.outgoing.stored(refused);
  await arrived(bert, conversation, [refused, later]);
});

test('[SEND8] bytes that were spoilt on the server are sent again by themselves, under a new id', async () => {
  await using place = await town();
  const spoil = { once: false };
  const transport = (real: Transport): Transport => ({
    connect: (...input) => real.connect(...input),
    request: async (request) => {
      if (spoil.once && request.path.startsWith('/v1/uploads') && request.body instanceof Uint8Array) {
        spoil.once = false;
        const body = request.body.slice();
        body[40] = (body[40] ?? 0) ^ 1;
        return await real.request({ ...request, body });
      }
      return await real.request(request);
    },
  });
  const { anna, bert, conversation } = await pair(place, { transport });
  await anna.outgoing.stored(await speak(anna, conversation));
  spoil.once = true;
  const take = await speak(anna, conversation, 200, 2);
  const { sha256 } = await anna.outgoing.stored(take);
  assert.equal(spoil.once, false);
  await arrived(bert, conversation, [take]);
  assert.equal(createHash('sha256').update(await bert.messages.audio(take)).digest('hex'), sha256);
});
