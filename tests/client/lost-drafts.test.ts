import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { details, packets, personId, signInToo, townOfFile, until, whole } from './town.ts';

const place = await townOfFile();
const ben = await place.person('ben');

interface Lost {
  readonly phone: Earshot;
  readonly laptop: Earshot;
  readonly conversation: string;
  readonly take: string;
}

/** What she recorded on her phone and did not send, as her laptop shows it. */
async function drafted(name: string): Promise<Lost> {
  const phone = await place.person(name);
  await ben.synced();
  const laptop = await place.device();
  await signInToo(laptop, phone, 'laptop');
  await laptop.start();
  const conversation = await phone.conversations.direct(await personId(ben));
  const { take } = await spoken(phone, conversation);
  await until(laptop, async () => (await laptop.drafts.list()).length === 1);
  return { phone, laptop, conversation, take };
}

async function spoken(phone: Earshot, conversation: string): Promise<{ take: string }> {
  const take = await phone.outgoing.begin({ take: makeId(systemRandom), conversation });
  await take.append(packets(50, 9));
  await take.show(details(50), 'phone');
  await phone.settled();
  return take;
}

async function revoke(from: Earshot, name: string): Promise<void> {
  const device = (await from.account.devices()).find((one) => one.name === name);
  await from.account.revokeDevice(device?.id ?? '');
  await from.synced();
}

test('[DRAFT4] [KEPT4] the draft of a phone that is lost rests on the device on which it was discarded, and comes back from there on all others', async () => {
  const { phone, laptop, take } = await drafted('ada');
  const tablet = await place.device();
  await signInToo(tablet, phone, 'tablet');
  await tablet.start();
  await until(tablet, async () => (await tablet.drafts.list()).length === 1);
  await revoke(laptop, 'test');
  await laptop.drafts.discard(take);
  await laptop.settled();
  await until(tablet, async () => (await tablet.drafts.list()).length === 0);
  const [rests] = await laptop.drafts.resting();
  assert.equal(rests?.take, take);
  assert(rests.until > laptop.now() + 29 * 86_400_000);

  await laptop.drafts.restore(take);
  assert.deepEqual([(await laptop.drafts.resting()).length, (await laptop.drafts.list()).map((one) => [one.take, one.device])], [0, [[take, 'phone']]]);
  await laptop.settled();
  await until(tablet, async () => (await tablet.drafts.list()).length === 1);
  await laptop.synced();
  assert((await laptop.drafts.audio(take)).length > 0);
  await tablet.drafts.send(take);
  await whole(ben, take);
  await until(laptop, async () => (await laptop.drafts.list()).length === 0);
  assert.deepEqual(await laptop.drafts.resting(), []);
});

test('[DRAFT4] discarded, brought back and discarded once more without a network, a draft rests once', async () => {
  const { laptop, take } = await drafted('cid');
  await place.stopServer();
  await laptop.drafts.discard(take);
  await laptop.drafts.restore(take);
  await laptop.drafts.discard(take);
  assert.deepEqual([(await laptop.drafts.list()).length, (await laptop.drafts.resting()).length], [0, 1]);
  await place.startServer();
  await laptop.outgoing.tryNow();
  await laptop.settled();
  await laptop.synced();
  assert.deepEqual([(await laptop.drafts.list()).length, (await laptop.drafts.resting()).length], [0, 1]);
  await laptop.drafts.restore(take);
  await laptop.settled();
  await laptop.synced();
  assert((await laptop.drafts.audio(take)).length > 0);
});

test('[KEPT4] what is deleted for good on the device on which it was discarded does not rest there any more', async () => {
  const { laptop, take } = await drafted('dot');
  await laptop.drafts.discard(take);
  await laptop.drafts.forget(take);
  assert.deepEqual(await laptop.drafts.resting(), []);
  await assert.rejects(laptop.drafts.restore(take), { code: 'message.rested' });
});

test('[DRAFT4] brought back where it was recorded, a draft rests nowhere else any more', async () => {
  const { phone, laptop, take } = await drafted('eli');
  await laptop.drafts.discard(take);
  await until(phone, async () => (await phone.drafts.discarded()).includes(take));
  const again = await phone.outgoing.reopen(take);
  await again?.append(packets(10, 7));
  await again?.show(details(60), 'phone');
  await until(laptop, async () => (await laptop.drafts.list()).length === 1);
  assert.deepEqual(await laptop.drafts.resting(), []);
});

test('[DRAFT4] discarded and brought back elsewhere before the phone that recorded it hears of either, a draft stays there and on the others', async () => {
  const { phone, laptop, take } = await drafted('fay');
  await laptop.drafts.discard(take);
  await laptop.drafts.restore(take);
  await laptop.settled();
  await phone.synced();
  assert.deepEqual(await phone.drafts.discarded(), []);
  assert.equal(await phone.drafts.follow(take), false);
  assert.notEqual(await phone.outgoing.reopen(take), null, 'it goes on where it was recorded');
  await phone.settled();
  await laptop.synced();
  assert.deepEqual([(await laptop.drafts.list()).length, (await laptop.drafts.resting()).length], [1, 0]);
  await laptop.drafts.discard(take);
  await until(phone, async () => (await phone.drafts.discarded()).includes(take));
  assert.equal(await phone.drafts.follow(take), true);
  assert.equal(await phone.outgoing.reopen(take), null);
});

test('[DRAFT4] a draft that is brought back elsewhere while the phone follows the discarding is not removed there', async () => {
  const { phone, laptop, take } = await drafted('gil');
  await laptop.drafts.discard(take);
  await until(phone, async () => (await phone.drafts.discarded()).includes(take));
  await laptop.drafts.restore(take);
  await laptop.settled();
  await phone.synced();
  assert.equal(await phone.drafts.follow(take), false);
  await phone.settled();
  await laptop.synced();
  assert.equal((await laptop.drafts.list()).length, 1);
});

test('[DRAFT4] what the phone that recorded it has put to rest already, and was brought back elsewhere, is shown there as on the others', async () => {
  const { phone, laptop, take } = await drafted('hal');
  await laptop.drafts.discard(take);
  await until(phone, async () => (await phone.drafts.discarded()).includes(take));
  assert.equal(await phone.drafts.follow(take), true);
  await phone.settled();
  assert.deepEqual(await phone.drafts.list(), []);
  await laptop.drafts.restore(take);
  await laptop.settled();
  await until(phone, async () => (await phone.drafts.list()).length === 1);
  assert((await phone.drafts.audio(take)).length > 0);
  await phone.drafts.discard(take);
  await until(laptop, async () => (await laptop.drafts.list()).length === 0);
  await phone.drafts.restore(take);
  assert.equal((await phone.drafts.list()).length, 1);
  await until(laptop, async () => (await laptop.drafts.list()).length === 1);
  await phone.drafts.send(take);
  await whole(ben, take);
  await until(laptop, async () => (await laptop.drafts.list()).length === 0);
});
