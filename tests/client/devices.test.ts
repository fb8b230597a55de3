import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '@earshot/base/encoding.ts';
import type { DeviceRow } from '@earshot/client/keys/ring.ts';
import type { Store } from '@earshot/client/store.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import { happening, isMessage, personId, signInToo, speak, town, until } from './town.ts';

const fails = (code: FailureCode) => (error: unknown): boolean => error instanceof Failure && error.code === code;

/** Every secret on a device's key ring, in hex. */
async function secretsOf(store: Store): Promise<string[]> {
  const device = (await store.get('k/device')) as DeviceRow;
  const rows = [...(await store.list({ from: 'k/account/', to: 'k/account0' })), ...(await store.list({ from: 'k/log/', to: 'k/log0' }))];
  return [device.signing, device.sealing, ...rows.map(([, value]) => value as Uint8Array<ArrayBuffer>)].map(toHex);
}

test('[ADMIT1] a new device is let in by the recovery code, and by no other; until then it opens nothing', async () => {
  await using place = await town();
  const anna = await place.person('anna');
  const bert = await place.person('bert');
  await anna.synced();
  const conversation = await anna.conversations.direct(await personId(bert));
  const id = await speak(anna, conversation);
  await anna.outgoing.stored(id);
  const code = (await anna.account.recoveryCode()) ?? '';
  const next = await place.device();
  await next.account.signIn({ handle: 'anna', password: 'password of anna', deviceName: 'next' });
  assert.equal((await next.account.current())?.locked, true);
  await assert.rejects(next.synced(), fails('device.locked'));
  await assert.rejects(next.account.unlock({ recoveryCode: `${code.slice(0, -1)}?` }), fails('recovery.mistyped'));
  await assert.rejects(next.account.unlock({ recoveryCode: (await bert.account.recoveryCode()) ?? '' }), fails('recovery.wrong'));
  await next.account.unlock({ recoveryCode: code.toLowerCase().replaceAll('-', ' ') });
  await next.start();
  await until(next, async () => (await next.messages.get(id))?.here === true);
  assert.deepEqual(await next.messages.audio(id), await anna.messages.audio(id));

  const renewed = await anna.account.renewRecovery();
  const third = await place.device();
  await assert.rejects(third.account.recover({ handle: 'anna', recoveryCode: code, deviceName: 'third' }), fails('recovery.wrong'));
  await third.account.recover({ handle: 'anna', recoveryCode: renewed, deviceName: 'third' });
  await third.start();
  await until(third, async () => (await third.messages.get(id))?.here === true);
});

test('[ADMIT2] after a device was revoked everything goes on under keys that it does not have', async () => {
  await using place = await town();
  const [phoneStore, thiefStore] = [memoryStore(), memoryStore()];
  const anna = await place.person('anna', { store: phoneStore });
  const bert = await place.person('bert');
  await anna.synced();
  const conversation = await anna.conversations.direct(await personId(bert));
  const before = await speak(anna, conversation);
  const lost = await place.device({ store: thiefStore });
  await signInToo(lost, anna, 'lost');
  await lost.start();
  await until(lost, async () => (await lost.messages.get(before))?.here === true);
  const held = await secretsOf(thiefStore);
  await anna.account.revokeDevice((await lost.account.current())?.device ?? '');
  await until(lost, async () => (await lost.account.current()) === null && (await thiefStore.list({ from: 'k/', to: 'k0' })).length === 0);
  assert.deepEqual(await thiefStore.list({ from: 'r/', to: 'r0' }), []);

  const arrived = happening(anna, isMessage);
  const after = await speak(bert, conversation, { seed: 3 });
  assert.equal((await arrived).message, after);
  const generations = await phoneStore.list({ from: `k/log/${conversation}/`, to: `k/log/${conversation}0` });
  assert.equal(generations.length, 2);
  const [, newest] = generations.at(-1) ?? [];
  assert(newest instanceof Uint8Array && !held.includes(toHex(newest)));
});

test('[ADMIT3] who was removed from a group gets no key to what is said afterwards; who is added gets none to what was said before', async () => {
  await using place = await town();
  const [bertStore, cleoStore] = [memoryStore(), memoryStore()];
  const anna = await place.person('anna');
  const bert = await place.person('bert', { store: bertStore });
  const cleo = await place.person('cleo', { store: cleoStore });
  await anna.synced();
  const group = await anna.conversations.createGroup({ title: 'Choir', members: [await personId(bert)] });
  await anna.outgoing.stored(await speak(anna, group));
  await anna.conversations.add(group, [await personId(cleo)]);
  await anna.conversations.remove(group, await personId(bert));
  const arrived = happening(cleo, isMessage);
  await speak(anna, group, { seed: 2 });
  await arrived;
  const held = async (store: Store): Promise<number[]> => (await store.list({ from: `k/log/${group}/`, to: `k/log/${group}0` })).map(([key]) => Number(key.slice(-12)));
  await until(bert, async () => (await bert.conversations.get(group))?.closed === 'removed');
  assert.deepEqual(await held(bertStore), [1, 2]);
  assert.deepEqual(await held(cleoStore), [2, 3]);
});

test('[ADMIT4] two people see one number; who came by a link knows that it is the one who invited; who compared it knows so on all devices', async () => {
  await using place = await town();
  const anna = await place.person('anna');
  const bert = await place.person('bert');
  await anna.synced();
  const [a, b] = [await personId(anna), await personId(bert)];
  const [atAnna, atBert] = [await anna.people.safety(b), await bert.people.safety(a)];
  assert.match(atAnna.number, /^(\d{5} ){11}\d{5}$/);
  assert.equal(atAnna.number, atBert.number);
  assert.deepEqual([atAnna.invited, atBert.invited], [false, true]);
  assert.equal(atAnna.code, atBert.code);
  const phone = await place.device();
  await signInToo(phone, anna, 'phone');
  await phone.start();
  assert.equal((await phone.people.safety(b)).compared, false);
  await assert.rejects(anna.people.compared(b, 'f'.repeat(64)), (error) => error instanceof Failure && error.code === 'identity.changed');
  await anna.people.compared(b, atAnna.identity);
  assert.equal((await anna.people.safety(b)).compared, true);
  await until(phone, async () => (await phone.people.safety(b)).compared);
});
