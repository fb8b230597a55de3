import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fromBase64Url } from '@earshot/base/encoding.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot, Message } from '@earshot/client/earshot.ts';
import { openEvent } from '@earshot/client/keys/event-body.ts';
import { primitives } from '@earshot/client/keys/primitives.ts';
import type { OwnCopy } from '@earshot/client/recovery/own-copy.ts';
import { below, keys } from '@earshot/client/stores/keys.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import type { Transport } from '@earshot/client/transport.ts';
import { openOperator } from '@earshot/server/operator.ts';
import { adaAndBen, chainOf, rowOf, say } from './ada-and-ben.ts';
import { personId, reaches, signInToo, whole } from './town.ts';

const [MINUTE, DAY] = [60_000, 86_400_000];

const both = await adaAndBen();
const { place, ada, adaStore, benStore, posted } = both;
let { ben } = both;
after(() => both[Symbol.asyncDispose]());

const vanished = (earshot: Earshot, id: string): Promise<Message> => reaches(earshot, id, ({ failure }) => failure?.code === 'key.vanished');
const held = async (kind: 'chain' | 'key'): Promise<number> => (await benStore.list(below(`k/ephemeral/${kind}`))).length;
/** Of what nobody is told. */
const inTime = async (is: () => Promise<boolean>): Promise<void> => {
  for (let turn = 0; turn < 3_000 && !(await is()); turn += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(await is());
};
const talk = async (): Promise<string> => await ada.conversations.direct(await personId(ben));

test('[VANISH7] what expires is sealed under a step of an ephemeral chain, what stays is not; when it has ended its key is gone on both sides', async () => {
  const log = await talk();
  const [stays, first, second] = [await say(ada, log, null), await say(ada, log, 60), await say(ada, log, 60)];
  for (const id of [stays, first, second]) await whole(ben, id);
  assert.equal(await chainOf(benStore, stays), undefined);
  assert.deepEqual([(await rowOf(benStore, first)).ephemeral?.step, (await rowOf(benStore, second)).ephemeral?.step], [0, 1]);
  assert.equal(await chainOf(benStore, first), await chainOf(benStore, second));
  assert.equal(await held('key'), 2);
  assert.ok((await ben.messages.audio(first)).length > 0);
  await ben.messages.heard(first, 1);
  await ben.settled();
  both.ahead += 2 * MINUTE;
  for (const one of [ada, ben]) {
    await one.synced();
    await reaches(one, first, ({ removed }) => removed?.rule === 'expired');
  }
  for (const [id, opens] of [[stays, true], [second, false]] as const) {
    const { envelope, body } = posted.find((one) => one.envelope.id === id) ?? assert.fail('it was posted');
    const key = (await benStore.get(keys.conversationKey(log, envelope.generation))) as Uint8Array<ArrayBuffer>;
    const read = openEvent(primitives(systemRandom), key, envelope, fromBase64Url(body)).then((opened) => opened.body.kind);
    if (opens) assert.equal(await read, 'message', 'whoever has the keys of the conversation reads what stays');
    else await assert.rejects(read, { code: 'event.unreadable' });
  }
  const left = await Promise.all([adaStore, benStore].map(async (store) => (await store.list(below('k/ephemeral/key'))).length));
  assert.deepEqual(left, [1, 1], 'that of the second, which nobody heard');
});

test('[VANISH8] a device that is let in later is told that it has no key, counts it as nothing unheard, and waits for nothing', async () => {
  const log = await talk();
  const id = await say(ada, log, 60);
  await whole(ben, id);
  const tablet = await place.device();
  await signInToo(tablet, ben, 'Tablet');
  await tablet.start();
  await vanished(tablet, id);
  const later = await say(ada, log, 60);
  for (const one of [ben, tablet]) await whole(one, later);
  assert.notEqual(await chainOf(benStore, id), await chainOf(benStore, later), 'with other devices begins another chain');
  const unheard = async (one: Earshot): Promise<number> => (await one.conversations.get(log))?.unheard ?? 0;
  const none = (await tablet.messages.list(log)).filter(({ failure }) => failure?.code === 'key.vanished').length;
  assert.ok(none > 0);
  assert.equal(await unheard(tablet), (await unheard(ben)) - none);
});

test('[VANISH8] [VANISH9] a device that has no key keeps nothing for others and asks nobody; taken back and brought back, a message is to it what it was', async () => {
  const log = await talk();
  const [kept, lone] = [await say(ada, log, 120), await say(ada, log, 120)];
  for (const id of [kept, lone]) await whole(ben, id);
  const phone = await place.device();
  await signInToo(phone, ben, 'Phone');
  await phone.start();
  for (const id of [kept, lone]) await vanished(phone, id);
  await assert.rejects(phone.messages.keep(kept), { code: 'key.vanished' });
  await assert.rejects(phone.recovery.askFor(kept), { code: 'key.vanished' });
  assert.equal(await phone.recovery.fetch(kept), null);
  await ben.messages.keep(kept);
  await ben.settled();
  await whole(phone, kept);
  for (const id of [kept, lone]) await ada.messages.remove(id);
  await ada.settled();
  for (const id of [kept, lone]) for (const earshot of [ben, phone]) await reaches(earshot, id, ({ removed }) => removed !== null);
  for (const id of [kept, lone]) await ada.messages.restore(id);
  await ada.settled();
  for (const earshot of [ben, phone]) {
    await whole(earshot, kept);
    assert.ok((await earshot.messages.audio(kept)).length > 0);
  }
  await whole(ben, lone);
  assert.ok((await ben.messages.audio(lone)).length > 0);
  await vanished(phone, lone);
  await phone.account.signOut();
});

test('[VANISH9] what somebody keeps can be read by devices that had no key for it', async () => {
  const log = await talk();
  const id = await say(ada, log, 60);
  await whole(ben, id);
  const phone = await place.device();
  await signInToo(phone, ben, 'Phone');
  await phone.start();
  await vanished(phone, id);
  await ben.messages.keep(id);
  await whole(phone, id);
  assert.deepEqual(await phone.messages.audio(id), await ben.messages.audio(id));
  const late = await place.device();
  await signInToo(late, ben, 'Late');
  await late.start();
  await whole(late, id);
  // It comes back from what was kept where its own key never was.
  await ada.messages.remove(id);
  await reaches(late, id, ({ removed }) => removed !== null);
  await ada.messages.restore(id);
  for (const one of [phone, late]) await whole(one, id);
  assert.deepEqual(await late.messages.audio(id), await ben.messages.audio(id));
});

test('[FWD4] saved to her notes, what expires is a note like any other: it stays when the message ends, is in her backups, and a later device has it', async () => {
  const log = await talk();
  const [id, once] = [await say(ada, log, 60), await say(ada, log, 0)];
  for (const one of [id, once]) await whole(ben, one);
  const sound = await ben.messages.audio(id);
  const notes = await ben.conversations.direct(await personId(ben));
  const [note, further] = [await ben.messages.forward(id, notes), await ben.messages.forward(id, log)];
  await ben.settled();
  assert.equal((await whole(ben, note)).expiry, null);
  assert.deepEqual((await whole(ben, further)).expiry, { seconds: 60 }, 'to others it is said on as it was');
  await assert.rejects(ben.messages.forward(once, notes), { code: 'message.once' });
  await ben.messages.heard(id, 1);
  await ben.settled();
  both.ahead += 2 * MINUTE;
  await ben.synced();
  await reaches(ben, id, ({ removed }) => removed?.rule === 'expired');
  assert.deepEqual(await ben.messages.audio(note), sound);
  assert.ok((await linesOf(await ben.recovery.copy(), notes)).includes(`"id":"${note}"`));
  const later = await place.device();
  await signInToo(later, ben, 'later');
  await later.start();
  await whole(later, note);
  assert.deepEqual(await later.messages.audio(note), sound);
});

/** What a backup would have of a conversation. */
async function linesOf(copy: OwnCopy, log: string): Promise<string> {
  const files = (await copy.files()).filter(({ path }) => path.startsWith(`messages/${log}/`));
  const texts = await Promise.all(files.map(async ({ path, bytes }) => new TextDecoder().decode((await copy.read(path, 0, bytes)) ?? undefined)));
  return texts.join('');
}

test('[VANISH10] taken back before it came and brought back later, it can be read; also on a device that was away', async () => {
  const log = await talk();
  await whole(ben, await say(ada, log, 60));
  await ben[Symbol.asyncDispose]();
  const id = await say(ada, log, 60);
  await ada.messages.remove(id);
  await ada.settled();
  ben = await place.device({ store: benStore });
  await ben.start();
  await reaches(ben, id, ({ removed }) => removed !== null);
  await whole(ben, await say(ada, log, 60));
  await ada.messages.restore(id);
  await whole(ben, id);
  assert.ok((await ben.messages.audio(id)).length > 0);
});

test('[VANISH11] a chain ends after a week, and with each change of the conversation’s key; prekeys change by the server’s time, and what was sealed to the one before still opens', async () => {
  const log = await talk();
  const first = await say(ada, log, 60);
  await whole(ben, first);
  both.ahead += 8 * DAY;
  await ada.synced();
  const second = await say(ada, log, 60);
  await whole(ben, second);
  assert.notEqual(await chainOf(benStore, first), await chainOf(benStore, second));
  const prekeys = async (): Promise<number[]> => (await benStore.list(below('k/prekey'))).map(([key]) => Number(key.split('/').at(-1)));
  const [newest = 0] = (await prekeys()).toReversed();
  await ben[Symbol.asyncDispose]();
  ben = await place.device({ store: benStore });
  await ben.start();
  await inTime(async () => (await prekeys()).at(-1) === newest + 1);
  assert.deepEqual(await prekeys(), [newest, newest + 1]);
  const third = await say(ada, log, 60);
  await whole(ben, third);
  both.ahead += 8 * DAY;
  await ben[Symbol.asyncDispose]();
  const fourth = await say(ada, log, 60);
  ben = await place.device({ store: benStore });
  await ben.start();
  await whole(ben, fourth);
  await inTime(async () => (await prekeys()).every((number) => number > newest));
});

test('[VANISH12] a server that puts another prekey in the place of one, or hands out another seed, opens nothing and is believed nothing', async () => {
  const log = await talk();
  both.ahead += 8 * DAY;
  await ada.synced();
  let forged = 0;
  both.between = (real) => async (request) => {
    const answer = await real(request);
    if (!request.path.endsWith('/prekeys')) return answer;
    const { prekeys } = JSON.parse(new TextDecoder().decode(await answer.bytes())) as { prekeys: { person: string; key: string }[] };
    const me = await personId(ada);
    forged += prekeys.length;
    // The key of the server's own making, under the signature of the device.
    const bent = prekeys.map((one) => ({ ...one, key: prekeys.find(({ person }) => person === me)?.key === one.key ? one.key : `${one.key.slice(0, -4)}AAAA` }));
    return { ...answer, bytes: async () => new TextEncoder().encode(JSON.stringify({ prekeys: bent })) };
  };
  const id = await say(ada, log, 60);
  both.between = (real) => real;
  assert.ok(forged > 0);
  // Nobody is sealed to by a key that she has not signed; and what would then be lost on her goes as what stays does.
  await whole(ben, id);
  assert.equal(await chainOf(benStore, id), undefined);
});

test('[VANISH11] whoever is added to a group reads from then on and nothing of before, and who was removed has no key for what comes', async () => {
  const cy = await place.person('cy');
  await ada.synced();
  const log = await ada.conversations.createGroup({ title: 'Walks', members: [await personId(ben)] });
  await ada.settled();
  const from = posted.length;
  const bens = (await ben.account.devices()).filter(({ locked }) => !locked).length;
  const first = await say(ada, log, 60);
  await whole(ben, first);
  await ada.conversations.add(log, [await personId(cy)]);
  await ada.settled();
  const second = await say(ada, log, 60);
  for (const one of [ben, cy]) await whole(one, second);
  assert.equal(await cy.messages.get(first), null);
  await ada.conversations.remove(log, await personId(ben));
  await ada.settled();
  const third = await say(ada, log, 60);
  await whole(cy, third);
  const begun = posted.slice(from).filter(({ envelope }) => envelope.class === 'chain');
  assert.deepEqual(begun.map(({ deviceGrants }) => deviceGrants?.length), [bens, bens + 1, 1]);
});

test('[VANISH12] who has no device with a prekey gets it all the same, like what stays', async () => {
  const log = await talk();
  both.between = (real) => async (request) => {
    const answer = await real(request);
    return request.path.endsWith('/prekeys') ? { ...answer, bytes: async () => new TextEncoder().encode('{"prekeys":[]}') } : answer;
  };
  both.ahead += 8 * DAY;
  await ada.synced();
  const id = await say(ada, log, 60);
  both.between = (real) => real;
  await whole(ben, id);
  assert.equal(await chainOf(benStore, id), undefined);
  assert.ok((await ben.messages.get(id))?.expiry !== null, 'it ends all the same');
});

test('[VANISH13] a device that comes back under another name, because its session ended, is one that others can seal to from then on', async () => {
  const store = memoryStore();
  const gil = await place.person('gil', { store });
  await ada.synced();
  const log = await ada.conversations.direct(await personId(gil));
  await whole(gil, await say(ada, log, 120));
  await using operator = openOperator(join(place.dir, 'data'));
  await operator.disable('gil', true);
  await inTime(async () => {
    await gil.synced().catch(() => undefined);
    return (await gil.account.current()) === null;
  });
  await operator.disable('gil', false);
  await gil.account.signIn({ handle: 'gil', password: 'password of gil', deviceName: 'test' });
  assert.equal((await gil.account.current())?.locked, false, 'it has its old keys');
  await ada.synced();
  const id = await say(ada, log, 120);
  const { device } = (await gil.account.current()) ?? { device: '' };
  assert.ok(posted.findLast(({ envelope }) => envelope.class === 'chain')?.deviceGrants?.some((grant) => grant.device === device));
  assert.ok((await gil.messages.audio((await whole(gil, id), id))).length > 0);
});

test('[VANISH13] a server that was brought back is shown a prekey that it has lost; a device that was learns that it had counted further, and counts on', async () => {
  const [store, early] = [memoryStore(), memoryStore()];
  const shown: number[] = [];
  const noting = (real: Transport): Transport => ({ ...real, request: (request) => {
    if (request.path === '/v1/prekey' && typeof request.body === 'string') shown.push((JSON.parse(request.body) as { number: number }).number);
    return real.request(request);
  } });
  const ida = await place.person('ida', { store });
  const copy = async (to: typeof store): Promise<typeof store> => (await to.commit((await store.list({ from: '', to: '~' })).map(([put, value]) => ({ put, value }))), to);
  await copy(early);
  await ida[Symbol.asyncDispose]();
  await using again = await place.device({ store, transport: noting });
  await again.start();
  await inTime(() => Promise.resolve(shown.join() === '1'));
  await again[Symbol.asyncDispose]();
  both.ahead += 8 * DAY;
  await using later = await place.device({ store, transport: noting });
  await later.start();
  await inTime(() => Promise.resolve(shown.includes(2)));
  await later[Symbol.asyncDispose]();
  both.ahead -= 7 * DAY;
  await using back = await place.device({ store: early, transport: noting });
  await back.start();
  await inTime(() => Promise.resolve(shown.includes(3)));
});
