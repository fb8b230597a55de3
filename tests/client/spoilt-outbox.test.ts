import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@earshot/base/clock.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { atRestStore } from '@earshot/client/at-rest/at-rest-store.ts';
import { createEarshot } from '@earshot/client/create.ts';
import type { Earshot, Happening } from '@earshot/client/earshot.ts';
import { type Cipher, webCipher } from '@earshot/client/keys/cipher.ts';
import { aesKey } from '@earshot/client/keys/symmetric.ts';
import { memoryLocks } from '@earshot/client/locks/memory.ts';
import type { Store } from '@earshot/client/store.ts';
import { below, keys } from '@earshot/client/stores/keys.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { httpTransport } from '@earshot/client/transports/http-transport.node.ts';
import { personId, speak, town, type Town, whole } from './town.ts';

/** On a disk that one can reach into. */
async function onDisk(place: Town, inner: Store): Promise<Earshot> {
  let cipher: Promise<Cipher> | null = null;
  const open = (): Promise<Cipher> => (cipher ??= aesKey(systemRandom.bytes(32)).then((key) => webCipher(key, systemRandom)));
  const destroy = async (): Promise<void> => void (cipher = null);
  const { store, forget, onDamage } = await atRestStore(inner, { open, destroy }, systemRandom);
  return await createEarshot({ store, forgetAtRest: forget, onDamage, transport: httpTransport({ server: place.origin }), locks: memoryLocks(), clock: systemClock, random: systemRandom });
}

/** One bit of what the disk holds is another. */
async function spoil(inner: Store, key: string): Promise<void> {
  const bytes = (await inner.get(key)) as Uint8Array;
  await inner.commit([{ put: key, value: Uint8Array.from(bytes, (byte, at) => (at === 20 ? byte ^ 1 : byte)) }]);
}

test('[HEAL1] one damaged row of what waits to be sent holds up nothing: the others leave, all is listed, and its person is told once', async () => {
  await using place = await town();
  const ben = await place.person('ben');
  const inner = memoryStore();
  await using ada = await onDisk(place, inner);
  await ada.account.join({ invitation: await place.invitation(), handle: 'ada', name: 'Ada', password: 'password of ada', deviceName: 'disk' });
  await ada.start();
  await ada.synced();
  const log = await ada.conversations.direct(await personId(ben));
  await ada.settled();
  await ada.synced();
  const told: Happening[] = [];
  ada.on((happening) => void (happening.type === 'fault' && happening.code.endsWith('.damaged') && told.push(happening)));
  await place.stopServer();
  const [one, other] = [await speak(ada, log, { seed: 1 }), await speak(ada, log, { seed: 2 })];
  const bytes = (await inner.list(below('b'))).length;
  await spoil(inner, keys.row(one));
  await spoil(inner, keys.order);
  await place.startServer();
  await ada.outgoing.tryNow();
  await whole(ben, other);
  const last = await speak(ada, log, { seed: 3 });
  await whole(ben, last);
  await ada.settled();
  await ada.synced();
  assert.deepEqual((await ada.messages.list(log)).map(({ id }) => id), [other, last]);
  assert.equal((await ada.conversations.list()).some(({ id }) => id === log), true);
  await ada.storage.report();
  await ada.outgoing.discard(one);
  assert.deepEqual(told, [{ type: 'fault', code: 'outbox.damaged', evidence: { row: keys.row(one) } }]);
  assert((await inner.get(`damaged/told/${keys.row(one)}`)) !== undefined, 'its bytes stay');
  assert((await inner.list(below('b'))).length >= bytes, 'and its sound');
  await ada.account.signOut();
  assert.equal(await ada.account.current(), null);
});
