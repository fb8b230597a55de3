import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock } from '@earshot/base/clock.ts';
import { sha256 } from '@earshot/base/hash.ts';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { createEarshot } from '@earshot/client/create.ts';
import { memoryLocks } from '@earshot/client/locks/memory.ts';
import { httpTransport } from '@earshot/client/transports/http-transport.node.ts';
import type { Earshot, Message } from '@earshot/client/earshot.ts';
import { below } from '@earshot/client/stores/keys.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { details, packets, personId, reaches, signInToo, type Town, town, until, whole } from './town.ts';

const DAY = 86_400_000;

let place: Town;
let ada: Earshot;
let ben: Earshot;
const benStore = memoryStore();
/** How far the server's clock is ahead of the devices'. */
let ahead = 0;

before(async () => {
  place = await town({ clock: { now: () => Date.now() + ahead, sleep: systemClock.sleep } });
  ada = await place.person('ada');
  ben = await place.person('ben', { store: benStore });
  await ada.synced();
});
after(() => place[Symbol.asyncDispose]());

/** Time passes at the server, and the devices are told. */
async function pass(ms: number, ...told: Earshot[]): Promise<void> {
  ahead += ms;
  for (const one of told) await one.synced();
}

async function say(from: Earshot, conversation: string, expiry?: number | null): Promise<string> {
  const take = await from.outgoing.begin({ take: makeId(systemRandom), conversation });
  await take.append(packets(50, 1));
  await take.send({ ...details(50), ...(expiry !== undefined && { expiry }) });
  await from.settled();
  return take.take;
}

const gone = (earshot: Earshot, id: string): Promise<Message> => reaches(earshot, id, ({ removed }) => removed !== null);

async function talk(): Promise<string> {
  return await ada.conversations.direct(await personId(ben));
}

async function bytesHere(): Promise<number> {
  return (await benStore.list(below('b'))).length;
}

test('[KEEP1] a message ends on each device by the server’s time, never before it was heard, and says which rule took it', async () => {
  const id = await say(ada, await talk(), 120);
  await whole(ben, id);
  await pass(30 * DAY, ada, ben);
  assert.equal((await whole(ben, id)).expires, null);
  await ben.messages.heard(id, 1);
  await ben.settled();
  const { expires, expiry } = await reaches(ben, id, (message) => message.expires !== null);
  assert.deepEqual(expiry, { seconds: 120 });
  assert.equal((await reaches(ada, id, (message) => message.expires !== null)).expires, expires);
  const kept = await bytesHere();
  await pass(121_000, ada, ben);
  for (const one of [ben, ada]) {
    const { removed, seconds } = await gone(one, id);
    assert.deepEqual([removed?.rule, removed?.by, seconds], ['expired', await personId(ada), 0]);
    await assert.rejects(one.messages.audio(id), { code: 'message.expired' });
  }
  assert.ok((await bytesHere()) < kept);
  const phone = await place.device();
  await signInToo(phone, ben, 'Phone');
  await phone.start();
  await phone.synced();
  assert.equal((await gone(phone, id)).removed?.rule, 'expired', 'a device that comes later finds the notice');
});

test('[KEEP1] [REC24] a clock of the device that is put forward ends nothing', async () => {
  const id = await say(ada, await talk(), 3_600);
  await whole(ben, id);
  await ben.messages.heard(id, 1);
  await ben.settled();
  await reaches(ben, id, (message) => message.expires !== null);
  await using hasty = await createEarshot({
    store: benStore, locks: memoryLocks(), random: systemRandom, transport: httpTransport({ server: 'http://127.0.0.1:1' }),
    clock: { now: () => Date.now() + 2 * DAY, sleep: systemClock.sleep },
  });
  await hasty.start();
  await new Promise((resolve) => void setTimeout(resolve, 50));
  assert.equal((await hasty.messages.get(id))?.removed, null);
  assert.ok(hasty.atLeast() > 0 && hasty.atLeast() <= ben.now(), 'nor is it taken for the server’s');
  assert.ok(hasty.now() > ben.now());
});

test('[KEEP2] whoever keeps a message keeps it for both, and both see who did', async () => {
  const id = await say(ada, await talk(), 120);
  await whole(ben, id);
  await ben.messages.heard(id, 1);
  await ben.messages.keep(id);
  await ben.settled();
  assert.equal((await reaches(ada, id, ({ keptFor }) => keptFor !== null)).keptFor?.by, await personId(ben));
  await pass(DAY, ada, ben);
  assert.equal((await ben.messages.get(id))?.removed, null);
  const once = await say(ada, await talk(), 0);
  await whole(ben, once);
  await assert.rejects(ben.messages.keep(once), { code: 'not-allowed' });
  await ben.messages.heard(once, 1);
  assert.equal((await gone(ben, once)).removed?.rule, 'expired');
});

test('[KEEP3] what was deleted for oneself rests on all one’s devices, comes back whole, and after its time is let go', async () => {
  const id = await say(ada, await talk());
  const { sha256: hash } = await whole(ben, id);
  const phone = await place.device();
  await signInToo(phone, ben, 'Tablet');
  await phone.start();
  await whole(phone, id);
  await ben.messages.removeForMe(id);
  assert.deepEqual((await ben.messages.recentlyDeleted()).map((one) => [one.id, one.resting?.whose]), [[id, 'me']]);
  await reaches(phone, id, ({ resting }) => resting !== null);
  await phone.messages.restore(id);
  await reaches(ben, id, ({ resting }) => resting === null);
  assert.equal(await sha256(await ben.messages.audio(id)), hash);
  await ben.messages.removeForMe(id);
  await ben.settled();
  await pass(31 * DAY, ben);
  assert.equal((await gone(ben, id)).removed?.rule, 'let-go');
  assert.deepEqual(await ben.messages.recentlyDeleted(), []);
  assert.equal((await ada.messages.get(id))?.removed, null, 'nobody else learns of it');
});

test('[KEEP4] what its sender took back rests with her, can be restored for everyone, and not for good', async () => {
  const [id, forGood] = [await say(ada, await talk()), await say(ada, await talk())];
  const { sha256: hash } = await whole(ben, id);
  await whole(ben, forGood);
  await ada.messages.remove(id);
  await ada.messages.remove(forGood);
  await ada.settled();
  assert.equal((await gone(ben, id)).seconds, 0);
  assert.deepEqual(new Set((await ada.messages.recentlyDeleted()).map((one) => one.id)), new Set([id, forGood]));
  assert.equal(await sha256(await ada.messages.audio(id)), hash, 'it can be listened to there');
  await ada.messages.restore(id);
  await ada.settled();
  await whole(ben, id);
  assert.equal(await sha256(await ben.messages.audio(id)), hash);
  await ada.messages.removeForGood(forGood);
  await assert.rejects(ada.messages.restore(forGood), { code: 'message.rested' });
  assert.deepEqual(await ada.messages.recentlyDeleted(), []);
});

test('[KEEP5] what is sent carries what was set for the conversation, unless it says otherwise; both see the line', async () => {
  const log = await talk();
  await ada.conversations.setExpiry(log, 300);
  await ada.settled();
  const [timed, staying] = [await say(ada, log), await say(ada, log, null)];
  assert.deepEqual((await whole(ben, timed)).expiry, { seconds: 300 });
  assert.equal((await whole(ben, staying)).expiry, null);
  assert.equal((await ben.conversations.get(log))?.expiry, 300);
  assert.deepEqual((await ben.conversations.changes(log)).at(-1)?.change, { what: 'expiry', seconds: 300 });
  await assert.rejects(ada.conversations.setExpiry(log, 40_000_000), { code: 'expiry.refused' });
  await ben.conversations.setExpiry(log, null);
  await ben.settled();
  await until(ada, async () => (await ada.conversations.get(log))?.expiry === null);
});

test('[KEEP5] what a person set for herself is told of her notes and holds wherever nothing else was set, but not in her notes', async () => {
  const notes = await ada.conversations.direct(await personId(ada));
  const group = await ada.conversations.createGroup({ title: 'Choir', members: [await personId(ben)] });
  await ada.conversations.setExpiry(notes, 600);
  assert.deepEqual([(await ada.conversations.get(notes))?.expiry, (await ada.conversations.get(group))?.expiry], [600, 600]);
  assert.equal((await ada.messages.get(await say(ada, notes)))?.expiry, null);
  assert.deepEqual((await ada.messages.get(await say(ada, group)))?.expiry, { seconds: 600 });
  const phone = await place.device();
  await signInToo(phone, ada, 'Phone');
  await phone.start();
  await phone.synced();
  assert.equal((await phone.conversations.expiryRules()).usual, 600);
  await ada.conversations.setExpiry(notes, null);
  assert.deepEqual(await ada.conversations.expiryRules(), { usual: null, least: 0, most: 31_536_000 });
});

test('[KEEP5] in a group its owners say when what is sent there expires, and nobody else', async () => {
  const group = await ada.conversations.createGroup({ title: 'Band', members: [await personId(ben)] });
  await ada.conversations.setExpiry(group, 900);
  await until(ben, async () => (await ben.conversations.get(group))?.expiry === 900);
  await assert.rejects(ben.conversations.setExpiry(group, null), { code: 'not-allowed' });
  assert.deepEqual([(await ben.conversations.get(group))?.expiry, await benStore.list(below('o/row'))], [900, []]);
});

test('[KEEP6] of a message that stays for days after it was heard one is told a day before it goes', async () => {
  const id = await say(ada, await talk(), 3 * 86_400);
  await whole(ben, id);
  const told: number[] = [];
  const end = ben.on((happening) => {
    if (happening.type === 'ending' && happening.message === id) told.push(happening.at);
  });
  await ben.messages.heard(id, 1);
  await ben.settled();
  const { expires } = await reaches(ben, id, (message) => message.expires !== null);
  await pass(2 * DAY + 1000, ben);
  await until(ben, async () => told.length > 0);
  await pass(1000, ben);
  assert.deepEqual(told, [expires]);
  await pass(DAY, ben);
  await gone(ben, id);
  end();
});
