import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Earshot } from '@earshot/client/earshot.ts';
import type { LogRow } from '@earshot/client/replica/row.ts';
import { keys } from '@earshot/client/stores/keys.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { personId, signInToo, speak, townOfFile, until, whole } from './town.ts';

const DAY = 86_400;

const place = await townOfFile();
const [ada, ben] = [await place.person('ada'), await place.person('ben')];
await ada.synced();

const open = (earshot: Earshot, log: string): Promise<void> => until(earshot, async () => (await earshot.conversations.get(log))?.closed === null);
const expiryFor = async (earshot: Earshot, log: string): Promise<number | null | undefined> => (await earshot.conversations.get(log))?.expiry;

test('[KEEP5] whoever is added to a group knows when what is sent into it expires, and what it is called', async () => {
  const cid = await place.person('cid');
  await ada.synced();
  const group = await ada.conversations.createGroup({ title: 'Choir', members: [await personId(ben)] });
  await ada.conversations.setExpiry(group, DAY);
  await ada.conversations.rename(group, 'Small choir');
  await ada.conversations.add(group, [await personId(cid)]);
  await open(cid, group);
  await until(cid, async () => (await expiryFor(cid, group)) === DAY);
  assert.equal((await cid.conversations.get(group))?.title, 'Small choir');
  assert.deepEqual((await whole(ben, await speak(cid, group))).expiry, { seconds: DAY });
  const laptop = await place.device();
  await signInToo(laptop, cid, 'laptop');
  await laptop.start();
  await laptop.synced();
  await until(laptop, async () => (await expiryFor(laptop, group)) === DAY);
});

test('[KEEP5] an owner who was away adds somebody with what was set meanwhile', async () => {
  const store = memoryStore();
  const early = await place.device({ store });
  await signInToo(early, ada, 'laptop');
  await early.start();
  const dan = await place.person('dan');
  await ada.synced();
  const group = await ada.conversations.createGroup({ title: 'Choir', members: [await personId(ben)] });
  await open(early, group);
  await early.synced();
  await early[Symbol.asyncDispose]();
  await ada.conversations.setExpiry(group, DAY);
  await ada.settled();
  const laptop = await place.device({ store });
  await laptop.conversations.add(group, [await personId(dan)]);
  await laptop.start();
  await open(dan, group);
  await until(dan, async () => (await expiryFor(dan, group)) === DAY);
  for (const one of [ada, laptop, ben]) {
    await one.synced();
    assert.equal(await expiryFor(one, group), DAY);
  }
});

test('[KEEP5] whoever comes back to a group goes by what was set while she was not there', async () => {
  const group = await ada.conversations.createGroup({ title: 'Choir', members: [await personId(ben)] });
  await ada.conversations.setExpiry(group, DAY);
  await until(ben, async () => (await expiryFor(ben, group)) === DAY);
  await ada.conversations.remove(group, await personId(ben));
  await until(ben, async () => (await ben.conversations.get(group))?.closed === 'removed');
  await ada.conversations.setExpiry(group, null);
  await ada.conversations.add(group, [await personId(ben)]);
  await open(ben, group);
  await until(ben, async () => (await expiryFor(ben, group)) === null);
  assert.equal((await whole(ada, await speak(ben, group))).expiry, null);
});

test('[KEEP5] whoever began anew goes by what was set before', async () => {
  const log = await ada.conversations.direct(await personId(ben));
  await ada.conversations.setExpiry(log, DAY);
  await until(ben, async () => (await expiryFor(ben, log)) === DAY);
  const device = await place.device();
  await device.account.signIn({ handle: 'ben', password: 'password of ben', deviceName: 'new' });
  await device.account.beginAnew({ password: 'password of ben' });
  await device.start();
  await device.synced();
  await ada.synced();
  const { identity } = await ada.people.safety(await personId(device));
  await ada.people.accept(await personId(device), identity);
  await whole(device, await speak(ada, log));
  assert.equal(await expiryFor(device, log), DAY);
  assert.deepEqual((await whole(ada, await speak(device, log))).expiry, { seconds: DAY });
});

test('[KEEP5] whom an older version added without a word of the name and the expiry learns them from the next list of members', async () => {
  const store = memoryStore();
  const [eve, fay] = [await place.person('eve', { store }), await place.person('fay')];
  await ada.synced();
  const group = await ada.conversations.createGroup({ title: 'Choir', members: [await personId(fay), await personId(eve)] });
  await ada.conversations.setExpiry(group, DAY);
  await ada.settled();
  await open(eve, group);
  await eve.synced();
  assert.equal(await expiryFor(eve, group), DAY);
  const row = (await store.get(keys.log(group))) as LogRow;
  const { titled: _, expiry: __, ...known } = row;
  assert(await store.commit([{ expect: keys.log(group), value: row }, { put: keys.log(group), value: { ...known, title: null } }]));
  const told = await eve.conversations.get(group);
  assert.deepEqual([told?.title, told?.expiry], [null, null]);
  await ada.conversations.remove(group, await personId(fay));
  await until(eve, async () => (await expiryFor(eve, group)) === DAY);
  assert.equal((await eve.conversations.get(group))?.title, 'Choir');
});
