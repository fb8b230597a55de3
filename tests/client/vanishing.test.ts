import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock } from '@earshot/base/clock.ts';
import { utf8 } from '@earshot/base/encoding.ts';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot, Message } from '@earshot/client/earshot.ts';
import type { Store } from '@earshot/client/store.ts';
import { below } from '@earshot/client/stores/keys.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import type { Transport } from '@earshot/client/transport.ts';
import { details, packets, personId, signInAgain, signInToo, town, type Town, until } from './town.ts';

/** What shall vanish: heard by the devices that are there when it is said, and by none that comes later, whatever it has. */
let place: Town;
let ada: Earshot;
let ben: Earshot;
let tablet: Earshot;
let conversation: string;
const benStore = memoryStore();
/** How far the server's clock is ahead of the devices'. */
let ahead = 0;

before(async () => {
  place = await town({ clock: { now: () => Date.now() + ahead, sleep: systemClock.sleep } });
  ada = await place.person('ada');
  ben = await place.person('ben', { store: benStore });
  tablet = await arrives(ben, 'tablet');
  await ada.synced();
  conversation = await ada.conversations.direct(await personId(ben));
  await published(benStore);
});
after(() => place[Symbol.asyncDispose]());

/** Others can seal to this device. */
async function published(store: Store): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await store.list(below('k/prekey'))).some(([, row]) => (row as { published: unknown }).published === null)) {
    assert.ok(Date.now() < deadline, 'no prekey was published');
    await systemClock.sleep(10);
  }
}

async function arrives(owner: Earshot, name: string): Promise<Earshot> {
  const store = memoryStore();
  const device = await place.device({ store });
  await signInToo(device, owner, name);
  await device.start();
  await device.synced();
  await published(store);
  return device;
}

async function say(from: Earshot, log: string, expiry: number | null, seed = 1): Promise<string> {
  const take = await from.outgoing.begin({ take: makeId(systemRandom), conversation: log });
  await take.append(packets(50, seed));
  await take.send({ ...details(50), expiry });
  return take.take;
}

async function reaches(earshot: Earshot, id: string, is: (message: Message) => boolean): Promise<Message> {
  await until(earshot, async () => {
    const message = await earshot.messages.get(id);
    return message !== null && is(message);
  });
  const message = await earshot.messages.get(id);
  assert.ok(message);
  return message;
}

const whole = (earshot: Earshot, id: string): Promise<Message> => reaches(earshot, id, ({ here, removed }) => here && removed === null);
const missing = (earshot: Earshot, id: string): Promise<Message> => reaches(earshot, id, ({ failure }) => failure?.code === 'key.missing');

async function keysOf(store: Store, id: string): Promise<number> {
  const of = (await store.get(`k/ephemeral/of/${id}`)) as { log: string; chain: string; step: number } | undefined;
  return of === undefined ? 0 : 1 + Number((await store.get(`k/ephemeral/key/${of.log}/${of.chain}/${of.step}`)) !== undefined);
}

test('[VANISH6] what expires is heard by every device that is there, and opened by none that comes later; what stays is', async () => {
  const staying = await say(ada, conversation, null);
  const vanishing = [await say(ada, conversation, 120), await say(ada, conversation, 0, 2)];
  for (const id of [staying, ...vanishing]) for (const one of [ben, tablet]) assert.equal((await whole(one, id)).sha256, (await whole(ada, id)).sha256);
  assert.deepEqual(await tablet.messages.audio(vanishing[1] ?? ''), await ada.messages.audio(vanishing[1] ?? ''));

  // It has everything that the recovery code and the server give.
  const later = await arrives(ben, 'later');
  await whole(later, staying);
  for (const id of vanishing) {
    assert.equal((await missing(later, id)).seconds, 0);
    await assert.rejects(later.messages.audio(id), { code: 'key.missing' });
  }
  const next = await say(ada, conversation, 120, 3);
  for (const one of [ben, tablet, later]) await whole(one, next);
});

test('[VANISH7] its key goes from a device when it has ended there, and comes back to what was taken back and restored', async () => {
  const ends = await say(ada, conversation, 120, 4);
  await whole(ben, ends);
  assert.equal(await keysOf(benStore, ends), 2);
  await ben.messages.heard(ends, 1);
  await ben.settled();
  await reaches(ben, ends, ({ expires }) => expires !== null);
  ahead += 121_000;
  await ben.synced();
  await reaches(ben, ends, ({ removed }) => removed !== null);
  assert.equal(await keysOf(benStore, ends), 0);

  const back = await say(ada, conversation, 120, 5);
  await whole(ben, back);
  await ada.messages.remove(back);
  await reaches(ben, back, ({ removed }) => removed !== null);
  await ada.messages.restore(back);
  await whole(ben, back);
});

test('[VANISH8] who keeps it gives it to all who may read the conversation, and to the devices they have later', async () => {
  const id = await say(ada, conversation, 3_600, 6);
  await whole(ben, id);
  const later = await arrives(ada, 'later');
  await missing(later, id);
  await assert.rejects(later.messages.keep(id), { code: 'key.missing' });
  await ben.messages.keep(id);
  await ben.settled();
  for (const one of [later, await arrives(ben, 'after')]) assert.equal((await whole(one, id)).sha256, (await whole(ada, id)).sha256);
});

test('[VANISH9] a device that was away for weeks opens what was sealed to it meanwhile', async () => {
  await ben[Symbol.asyncDispose]();
  const ids: string[] = [];
  for (let week = 0; week < 3; week += 1) {
    ahead += 8 * 86_400_000;
    await ada.synced();
    ids.push(await say(ada, conversation, 0, 10 + week));
    await ada.settled();
  }
  ben = await place.device({ store: benStore });
  await ben.start();
  for (const id of ids) await whole(ben, id);
});

test('[VANISH10] it waits while nobody could open it: a key that a server made up is nobody’s, and who is signed out has none', async () => {
  const lying = { on: true };
  const meddling = (real: Transport): Transport => ({
    connect: (...input) => real.connect(...input),
    request: async (request) => {
      const answer = await real.request(request);
      if (!lying.on || !request.path.endsWith('/prekeys')) return answer;
      const { prekeys } = JSON.parse(new TextDecoder().decode(await answer.bytes())) as { prekeys: { key: string }[] };
      return { ...answer, bytes: async () => utf8(JSON.stringify({ prekeys: prekeys.map((one) => ({ ...one, key: one.key.replace(/^..../, 'AAAA') })) })) };
    },
  });
  await using other = await town();
  const dora = await other.person('dora');
  const cleo = await other.person('cleo', { transport: meddling });
  await cleo.synced();
  const log = await cleo.conversations.direct(await personId(dora));
  const id = await say(cleo, log, 120);
  const waits = async (): Promise<boolean> => {
    const state = (await cleo.messages.get(id))?.state;
    return state?.at === 'sending' && state.waiting?.code === 'recipient.no-device';
  };
  await until(cleo, waits);
  const code = (await dora.account.recoveryCode()) ?? '';
  await dora.account.signOut();
  lying.on = false;
  await cleo.outgoing.tryNow();
  await until(cleo, waits);
  await signInAgain(dora, 'dora', code, 'back');
  await until(cleo, async () => {
    await cleo.outgoing.tryNow();
    return (await cleo.messages.get(id))?.state.at !== 'sending';
  });
  await whole(dora, id);
});

test('[VANISH11] a draft of what shall vanish is not shown to other devices: it would go under keys that last', async () => {
  const other = await arrives(ada, 'other');
  await ada.conversations.setExpiry(conversation, 120);
  for (const [log, shown] of [[conversation, false], [await ada.conversations.direct(await personId(ada)), true]] as const) {
    const take = await ada.outgoing.begin({ take: makeId(systemRandom), conversation: log });
    await take.append(packets(50, 20));
    await take.show(details(50), 'phone');
    await ada.settled();
    await other.synced();
    assert.equal((await other.drafts.list()).some((draft) => draft.take === take.take), shown);
  }
});
