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
