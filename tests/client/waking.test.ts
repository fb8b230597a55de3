import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { PushService } from '@earshot/server/testing/push-service.ts';
import { details, packets, personId, town, until } from './town.ts';

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
  const bert = await place.person('bert', {
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
  await bert.waking.unsubscribe();
  await bert.conversations.mute(talk, false);
  await bert.waking.renew();
  assert.equal(asked.length, 4);
});
