import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@earshot/base/clock.ts';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import type { Transport } from '@earshot/client/transport.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { PushService } from '@earshot/server/testing/push-service.ts';
import { details, packets, personId, reaches, town, until } from './town.ts';

async function say(from: Earshot, conversation: string): Promise<string> {
  const growing = await from.outgoing.begin({ take: makeId(systemRandom), conversation });
  await growing.append(packets(60));
  const id = await growing.send(details(60));
  await from.outgoing.stored(id);
  return id;
}

const ids = async (earshot: Earshot): Promise<string[]> => (await earshot.waking.news()).map(({ id }) => id);

test('[NEWS1] a message is news once, whoever asks; one’s own, heard ones, those taken back and those of muted conversations are none', async () => {
  await using place = await town();
  const anna = await place.person('anna');
  const bert = await place.person('bert');
  await anna.synced();
  const talk = await anna.conversations.direct(await personId(bert));
  const group = await anna.conversations.createGroup({ title: 'Club', members: [await personId(bert)] });
  const [first, second, heard, gone] = [await say(anna, talk), await say(anna, group), await say(anna, talk), await say(anna, talk)];
  await bert.synced();
  await say(bert, talk);
  await bert.messages.heard(heard, 1);
  await anna.messages.remove(gone);
  await until(bert, async () => (await bert.messages.get(gone))?.removed !== null);
  const all = (await Promise.all([ids(bert), ids(bert), ids(bert)])).flat();
  assert.deepEqual(all.sort(), [first, second].sort());
  assert.deepEqual(await ids(bert), []);

  await bert.conversations.mute(group, true);
  await say(anna, group);
  const next = await say(anna, talk);
  await bert.synced();
  assert.deepEqual(await ids(bert), [next]);
  await bert.conversations.mute(group, false);
  assert.deepEqual(await ids(bert), [], 'what came while it was muted is old');
});

test('[NEWS2] the server is told what shall not wake this device, and again only when that has changed', async () => {
  await using service = await PushService.start();
  const asked: string[] = [];
  await using place = await town();
  const anna = await place.person('anna');
  const store = memoryStore();
  const bert = await place.person('bert', {
    store,
    transport: (real) => ({
      ...real,
      request: (request) => {
        if (request.path === '/v1/push') asked.push(`${request.method} ${typeof request.body === 'string' ? request.body : ''}`);
        return real.request(request);
      },
    }),
  });
  await anna.synced();
  const talk = await anna.conversations.direct(await personId(bert));
  await say(anna, talk);
  await bert.synced();
  await bert.waking.renew();
  assert.equal(asked.length, 0, 'nothing, while it is not woken');
  const serverKey = await bert.waking.key();
  assert.ok(serverKey);
  const { p256dh, auth } = await service.subscribe();
  await bert.waking.subscribe({ endpoint: 'https://push.example/1', p256dh, auth, serverKey });
  assert.deepEqual(await ids(bert), [], 'what was there before is no news');
  await bert.waking.renew();
  assert.equal(asked.length, 2);
  await bert.conversations.mute(talk, true);
  await bert.waking.renew();
  await bert.waking.renew();
  assert.equal(asked.length, 3);
  assert.deepEqual((JSON.parse(asked[2]?.slice(4) ?? '') as { silent: string[] }).silent, [talk]);
  const window = await place.device({ store });
  assert.deepEqual([await bert.waking.isOn(), await window.waking.isOn()], [true, true]);
  await bert.waking.unsubscribe();
  assert.deepEqual([await bert.waking.isOn(), await window.waking.isOn()], [false, false], 'in none of its windows');
  await bert.conversations.mute(talk, false);
  await bert.waking.renew();
  assert.equal(asked.length, 4);
});

test('[NEWS3] who is woken has the sound as well, and who spoke learns that it is there: also where the bytes come late, or not at the first try', async () => {
  await using place = await town();
  const anna = await place.person('anna');
  const store = memoryStore();
  const bert = await place.person('bert', { store });
  const talk = await anna.conversations.direct(await personId(bert));
  const before = await say(anna, talk);
  await reaches(bert, before, ({ here }) => here);
  assert.deepEqual(await ids(bert), [before]);
  // His app is closed.
  await bert[Symbol.asyncDispose]();
  const id = await say(anna, talk);
  const way = { tries: 0, receipts: 0 };
  const late = (real: Transport): Transport => ({
    ...real,
    request: async (request) => {
      if (request.path.includes('/cursor')) way.receipts += 1;
      if (!request.path.startsWith('/v1/blobs/')) return await real.request(request);
      way.tries += 1;
      await systemClock.sleep(1_000);
      if (way.tries === 1) throw new Failure('network.unreachable');
      return await real.request(request);
    },
  });
  const woken = await place.device({ store, transport: late });
  await woken.caughtUp();
  assert.deepEqual(await ids(woken), [id], 'what there is to tell waits for no sound');
  assert.equal((await woken.messages.get(id))?.here, false);
  await woken.fetched();
  await woken[Symbol.asyncDispose]();
  assert.ok(way.tries >= 2);
  assert.ok(way.receipts > 0);
  await reaches(anna, id, ({ state }) => state.at === 'delivered');

  // Without a network the sound is here.
  await place.stopServer();
  const offline = await place.device({ store });
  assert.equal((await offline.messages.get(id))?.here, true);
  assert.ok((await offline.messages.audio(id)).length > 0);
  await offline.fetched();
  await place.startServer();
});
