import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sha256 } from '@earshot/base/hash.ts';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot, Message } from '@earshot/client/earshot.ts';
import type { MessageRow, PlaceRow } from '@earshot/client/replica/row.ts';
import { below, keys } from '@earshot/client/stores/keys.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import type { Transport } from '@earshot/client/transport.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { personId, sayAndSync, signInToo, town, type Town, until } from './town.ts';

let place: Town;
let ada: Earshot;
let ben: Earshot;
const adaStore = memoryStore();
/** What ada's device asked of the server. */
const asked: string[] = [];

/** A blob that the server lost: it does not know it any more. */
let lost: string | null = null;

before(async () => {
  place = await town();
  const noted = (real: Transport): Transport => ({ ...real, request: (request) => {
    asked.push(`${request.method} ${request.path}`);
    const asks = request.method === 'HEAD' && lost !== null && request.path.includes(lost);
    return real.request(asks ? { ...request, path: request.path.replace(lost ?? '', makeId(systemRandom)) } : request);
  } });
  ada = await place.person('ada', { store: adaStore, transport: noted });
  ben = await place.person('ben');
  await ada.synced();
});
after(() => place[Symbol.asyncDispose]());

/** The message once it is whole there. */
async function whole(earshot: Earshot, id: string): Promise<Message> {
  await until(earshot, async () => (await earshot.messages.get(id))?.here === true);
  const message = await earshot.messages.get(id);
  assert(message !== null);
  return message;
}

/** The only blob of a message of ada's. */
async function blobOf(message: string): Promise<string> {
  const at = (await adaStore.get(keys.at(message))) as PlaceRow;
  const row = (await adaStore.get(keys.message(at.log, at.seq))) as MessageRow;
  return row.blobs[0]?.id ?? '';
}

test('[FIND4] words kept with a message find it on all of one\'s devices, also on one that comes later; nobody else sees them', async () => {
  const log = await ada.conversations.direct(await personId(ben));
  const id = await sayAndSync(ada, log, { seed: 1 });
  await whole(ben, id);
  await ada.messages.keepWords(id, 'Recipe for plum cake');
  await ada.settled();
  assert.deepEqual((await ada.messages.find({ words: 'PLUM' })).messages.map((one) => one.id), [id]);
  const phone = await place.device();
  await signInToo(phone, ada, 'Phone');
  await phone.start();
  await phone.synced();
  assert.equal((await whole(phone, id)).words, 'Recipe for plum cake');
  assert.equal((await phone.messages.find({ words: 'cake', conversation: log })).count, 1);
  await ben.synced();
  assert.equal((await ben.messages.find({ words: 'cake' })).count, 0);
  await ada.messages.keepWords(id, null);
  assert.equal((await ada.messages.find({ words: 'cake' })).count, 0);
});

test('[FWD1] a forwarded message has the same hash, and its bytes do not travel again', async () => {
  const log = await ada.conversations.direct(await personId(ben));
  const id = await sayAndSync(ben, await ben.conversations.direct(await personId(ada)), { seed: 2 });
  const first = await whole(ada, id);
  const group = await ada.conversations.createGroup({ title: 'Both', members: [await personId(ben)] });
  asked.length = 0;
  const forwarded = await ada.messages.forward(id, group);
  await ada.settled();
  const [mine, his] = [await whole(ada, forwarded), await whole(ben, forwarded)];
  for (const one of [mine, his]) {
    assert.equal(one.sha256, first.sha256);
    assert.deepEqual(one.forwarded, { said: { by: await personId(ben), at: first.time } });
  }
  assert.equal(await sha256(await ben.messages.audio(forwarded)), first.sha256);
  assert.deepEqual(asked.filter((one) => one.includes('/uploads') || one.includes('/blobs')), []);
  assert.notEqual(log, group);
});

test('[FWD2] who said it first is told only where that person belongs, and in one\'s own notes', async () => {
  const cleo = await place.person('cleo');
  await ada.synced();
  const id = await sayAndSync(ben, await ben.conversations.direct(await personId(ada)), { seed: 3 });
  const first = await whole(ada, id);
  const toCleo = await ada.messages.forward(id, await ada.conversations.direct(await personId(cleo)));
  const toNotes = await ada.messages.forward(id, await ada.conversations.direct(await personId(ada)));
  await ada.settled();
  assert.deepEqual((await whole(cleo, toCleo)).forwarded, { said: null });
  assert.equal(await sha256(await cleo.messages.audio(toCleo)), first.sha256);
  assert.deepEqual((await whole(ada, toNotes)).forwarded, { said: { by: await personId(ben), at: first.time } });
  // What she passes on was said by somebody whom she does not know.
  const further = await cleo.messages.forward(toCleo, await cleo.conversations.direct(await personId(cleo)));
  await cleo.settled();
  assert.deepEqual((await whole(cleo, further)).forwarded, { said: null });
});

test('[FWD3] taking back one of two messages that share their bytes leaves the other whole, here without a network and on the server', async () => {
  const id = await sayAndSync(ada, await ada.conversations.direct(await personId(ben)), { seed: 4 });
  const first = await whole(ada, id);
  const blob = await blobOf(id);
  const note = await ada.messages.forward(id, await ada.conversations.direct(await personId(ada)));
  await ada.settled();
  await whole(ada, note);
  await ada.messages.remove(id);
  await ada.settled();
  asked.length = 0;
  assert.equal(await sha256(await ada.messages.audio(note)), first.sha256);
  assert.deepEqual(asked.filter((one) => one.includes('/blobs')), []);
  const phone = await place.device();
  await signInToo(phone, ada, 'Phone');
  await phone.start();
  assert.equal(await sha256(await phone.messages.audio((await whole(phone, note)).id)), first.sha256);
  // The last of them goes, and with it the bytes.
  await ada.messages.remove(note);
  for (const one of [id, note]) await ada.messages.removeForGood(one);
  await ada.settled();
  assert.deepEqual((await adaStore.list({ from: `b/${blob}/`, to: `b/${blob}0` })).length, 0);
});

test('[ROOM1] [ROOM2] room is freed of what was heard and is on the server, on its word; it comes back when it is played', async () => {
  const log = await ada.conversations.direct(await personId(ben));
  const [mine, gone] = [await sayAndSync(ada, log, { seed: 5 }), await sayAndSync(ada, log, { seed: 6 })];
  const fresh = await sayAndSync(ben, await ben.conversations.direct(await personId(ada)), { seed: 7 });
  const first = await whole(ada, mine);
  await whole(ada, fresh);
  lost = await blobOf(gone);
  const full = await ada.storage.report();
  const stored = async (): Promise<number> => (await adaStore.list({ from: 'b/', to: 'b0' })).reduce((sum, [, value]) => sum + (value as Uint8Array).length, 0);
  const held = await stored();
  const freed = await ada.storage.free();
  assert.equal(freed.stayed, 1);
  assert.equal(full.freeable.messages, freed.messages + freed.stayed);
  const here = await Promise.all([mine, gone, fresh].map(async (id) => (await ada.messages.get(id))?.here));
  assert.deepEqual(here, [false, true, true]);
  const freer = await ada.storage.report();
  assert.deepEqual([held - (await stored()), full.heard.messages - freer.heard.messages], [freed.bytes, freed.messages]);
  assert.deepEqual(freer.unheard, full.unheard);
  assert.equal((await adaStore.list({ from: `b/${await blobOf(mine)}/`, to: `b/${await blobOf(mine)}0` })).length, 0);
  assert.equal(await sha256(await ada.messages.audio(mine)), first.sha256);
  assert.equal((await ada.messages.get(mine))?.here, true);
});

test('[KEEP12] brought back on a device that has no sound of it, a message is asked for once the server has it back, and not given up before', async () => {
  const log = await ada.conversations.direct(await personId(ben));
  const id = await sayAndSync(ada, log, { seed: 60 });
  await ada.messages.remove(id);
  await ada.settled();
  /** What this device says into the conversation does not get through. */
  let held = true;
  const slow = (real: Transport): Transport => ({ ...real, request: (request) => (held && request.method === 'POST' && request.path === `/v1/logs/${log}/events` ? Promise.reject(new Failure('network.unreachable')) : real.request(request)) });
  const tablet = await place.device({ transport: slow });
  await signInToo(tablet, ada, 'Tablet');
  await tablet.start();
  await tablet.synced();
  await tablet.messages.restore(id);
  await tablet.synced();
  assert.deepEqual([(await tablet.messages.get(id))?.here, (await tablet.messages.get(id))?.failure], [false, null]);
  await assert.rejects(tablet.messages.audio(id), { code: 'network.unreachable' }, 'it waits for the server, and no newer version made it');
  held = false;
  await tablet.outgoing.tryNow();
  await whole(tablet, id);
  assert.deepEqual(await tablet.messages.audio(id), await ada.messages.audio(id));
});

test('[KEEP11] what a person kept on a device that had not heard yet that she had left is not kept there either, and nobody has to decide about it', async () => {
  const log = await ada.conversations.createGroup({ title: 'Two', members: [await personId(ben)] });
  await ada.conversations.setExpiry(log, 86_400);
  /** What this device says into the conversation does not get through. */
  let held = true;
  const slow = (real: Transport): Transport => ({ ...real, request: (request) => (held && request.method === 'POST' && request.path === `/v1/logs/${log}/events` ? Promise.reject(new Failure('network.unreachable')) : real.request(request)) });
  const store = memoryStore();
  const tablet = await place.device({ store, transport: slow });
  await signInToo(tablet, ben, 'Tablet');
  await tablet.start();
  const id = await sayAndSync(ada, log, { seed: 70 });
  await whole(tablet, id);
  await whole(ben, id);
  await ben.messages.heard(id, 1);
  await ben.settled();
  await until(tablet, async () => typeof (await tablet.messages.get(id))?.expires === 'number');
  const unkept = await tablet.messages.get(id);
  await tablet.messages.keep(id);
  assert.equal((await tablet.messages.get(id))?.expires, null);
  await ben.conversations.leave(log);
  await ben.settled();
  held = false;
  await tablet.outgoing.tryNow();
  await until(tablet, async () => (await tablet.messages.get(id))?.keptFor === null && (await store.list(below('o/row'))).length === 0);
  assert.deepEqual(await tablet.messages.get(id), unkept);
});
