import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutboxRow } from '@earshot/client/outbox/row.ts';
import { below } from '@earshot/client/stores/keys.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { adaAndBen, isEvent, loseSound, rowOf, say } from './ada-and-ben.ts';
import { personId, until, whole } from './town.ts';

test('[WHERE4] what is asked for travels once, however often it is given meanwhile; once it is answered it is not asked for here any more, also where the answer waits for the network', async () => {
  await using world = await adaAndBen();
  const { ada, ben, adaStore } = world;
  const log = await ada.conversations.direct(await personId(ben));
  const [kept, lost] = [await say(ada, log, null), await say(ada, log, null)];
  for (const id of [kept, lost]) {
    await whole(ben, id);
    await ben.recovery.askFor(id);
  }
  await loseSound(adaStore, lost);
  const asked = async (): Promise<[string, boolean][]> => (await ada.recovery.asked()).map(({ message, giving }) => [message, giving]);
  await until(ada, async () => (await asked()).length === 2);

  const gate = Promise.withResolvers<void>();
  const put: string[] = [];
  let away = false;
  world.between = (real) => async (request) => {
    if (away && isEvent(request)) throw new Failure('network.unreachable');
    if (request.method === 'PUT') {
      put.push(request.path);
      await gate.promise;
    }
    return await real(request);
  };
  away = true;
  const presses = [ada.recovery.answer(kept), ada.recovery.answer(kept)];
  while (put.length === 0) await new Promise((resolve) => void setTimeout(resolve, 20));
  assert.deepEqual((await asked()).find(([message]) => message === kept), [kept, true]);
  gate.resolve();
  assert.deepEqual(await Promise.all(presses), [true, true]);
  assert.equal(await ada.recovery.answer(kept), true);
  for (let press = 0; press < 2; press += 1) assert.equal(await ada.recovery.answer(lost), false);
  assert.equal(put.length, (await rowOf(adaStore, kept)).blobs.length);
  assert.deepEqual(await asked(), []);
  const waiting = async (): Promise<string[]> => (await adaStore.list(below('o/row'))).flatMap(([, value]) => (value as OutboxRow).event?.envelope.refers ?? []);
  assert.deepEqual((await waiting()).sort(), [kept, lost].sort(), 'one answer each');

  away = false;
  await ada.outgoing.tryNow();
  await until(ben, async () => (await ben.recovery.where(kept)).some(({ place, state }) => place === 'people' && state === 'has'));
  assert.deepEqual(await asked(), []);
});

test('[WHERE4] several messages that are given at once travel one behind the other: the server, which takes one thing of a person at a time, is too busy for none', async () => {
  await using world = await adaAndBen();
  const { ada, ben } = world;
  const log = await ada.conversations.direct(await personId(ben));
  const said = [await say(ada, log, null), await say(ada, log, null), await say(ada, log, null)];
  for (const id of said) {
    await whole(ben, id);
    await ben.recovery.askFor(id);
  }
  await until(ada, async () => (await ada.recovery.asked()).length === said.length);
  let [at, most] = [0, 0];
  world.between = (real) => async (request) => {
    if (request.method !== 'PUT') return await real(request);
    at += 1;
    most = Math.max(most, at);
    try {
      return await real(request);
    } finally {
      at -= 1;
    }
  };
  assert.deepEqual(await Promise.all(said.map((id) => ada.recovery.answer(id))), [true, true, true]);
  assert.equal(most, 1);
});
