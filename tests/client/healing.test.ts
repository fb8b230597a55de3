import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { deserialize, serialize } from 'node:v8';
import { systemClock } from '@earshot/base/clock.ts';
import { sha256 } from '@earshot/base/hash.ts';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { openProfileStore } from '@earshot/client/connect.node.ts';
import { createEarshot } from '@earshot/client/create.ts';
import type { Earshot, Message } from '@earshot/client/earshot.ts';
import { memoryLocks } from '@earshot/client/locks/memory.ts';
import type { Transport } from '@earshot/client/transport.ts';
import { httpTransport } from '@earshot/client/transports/http-transport.node.ts';
import { endBlob } from '@earshot/server/store/sqlite-uploads.node.ts';
import { details, packets, personId, town, type Town, until } from './town.ts';

/** A profile on a real disk, one of whose rows a failing disk has changed. */
let place: Town;
let ben: Earshot;
let folder: string;
let dir: string;
/** The conversation of both, as ben's device and hers have it. */
let log: string;
let ownLog: string;

/** How often the bytes of a blob were asked for. */
let blobsAsked = 0;
/** On their way here the bytes of blobs are changed. */
let spoils = false;

async function open(): Promise<Earshot> {
  const { store, forget, onDamage } = await openProfileStore({ dir, passphrase: null });
  const real = httpTransport({ server: place.origin });
  const transport: Transport = { ...real, request: async (request) => {
    if (!request.path.startsWith('/v1/blobs/')) return await real.request(request);
    blobsAsked += 1;
    const answer = await real.request(request);
    return spoils ? { ...answer, bytes: async () => (await answer.bytes()).map((byte) => byte ^ 1) } : answer;
  } };
  return await createEarshot({ store, forgetAtRest: forget, onDamage, transport, locks: memoryLocks(), clock: systemClock, random: systemRandom });
}

before(async () => {
  place = await town();
  folder = await mkdtemp(join(tmpdir(), 'earshot-healing-'));
  dir = join(folder, 'ada');
  ben = await place.person('ben');
  const ada = await open();
  await ada.account.join({ invitation: await place.invitation(), handle: 'ada', name: 'Ada', deviceName: 'disk' });
  await ada.start();
  await ada.synced();
  await ben.synced();
  log = await ben.conversations.direct(await personId(ada));
  ownLog = await ada.conversations.direct(await personId(ada));
  for (let seed = 1; seed <= 3; seed += 1) await say(ben, seed);
  await until(ada, async () => (await ada.messages.list(log)).filter(({ here }) => here).length === 3);
  const [first] = await ada.messages.list(log);
  assert(first !== undefined);
  await ada.messages.heard(first.id, 1);
  await ada.messages.keepWords(first.id, 'cake');
  await ada.listening.keepPlace(first.id, 0.5);
  await ada.settled();
  await ada.synced();
  await ada[Symbol.asyncDispose]();
});
after(async () => {
  await place[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function say(from: Earshot, seed: number): Promise<void> {
  const take = await from.outgoing.begin({ take: makeId(systemRandom), conversation: log });
  await take.append(packets(50, seed));
  await take.send(details(50));
  await from.settled();
}

interface Shown {
  readonly unheard: number | undefined;
  readonly found: number;
  readonly messages: readonly (readonly [id: string, sha256: string, heard: boolean, words: string | null, place: number])[];
}

async function shown(ada: Earshot): Promise<Shown> {
  const listed: Message[] = await ada.messages.list(log);
  const messages = listed.map(({ id, sha256: sum, heard, words, place: at }) => [id, sum, heard, words, at] as const);
  return { unheard: (await ada.conversations.get(log))?.unheard, found: (await ada.messages.find({ words: 'cake' })).count, messages };
}

/** Whether every message plays as it was said. */
async function sounds(ada: Earshot, { messages }: Shown): Promise<boolean> {
  const sums = await Promise.allSettled(messages.map(async ([id]) => sha256(await ada.messages.audio(id))));
  return sums.every((sum, at) => sum.status === 'fulfilled' && sum.value === messages[at]?.[1]);
}

/** Flips one bit in the stored values of these rows. */
function damage(prefix: string, every = false): number {
  const database = new DatabaseSync(join(dir, 'earshot.db'));
  const bytesOf = (key: string): Buffer => Buffer.from(key, 'utf16le').swap16();
  const rows = database.prepare('SELECT key, value FROM entries WHERE key >= ? AND key < ?').all(bytesOf(prefix), bytesOf(`${prefix}\uffff`));
  const chosen = every ? rows : rows.slice(0, 1);
  for (const { key, value } of chosen) {
    const bytes = Uint8Array.from(deserialize(value as Uint8Array) as Uint8Array);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    database.prepare('UPDATE entries SET value = ? WHERE key = ?').run(serialize(bytes), key as Uint8Array);
  }
  database.close();
  return chosen.length;
}

test('[HEAL2] whichever row of the replica is damaged, it is as it was in a moment; no sound travels for it', async () => {
  const ada = await open();
  const whole = await shown(ada);
  await ada[Symbol.asyncDispose]();
  assert.equal(whole.unheard, 2);
  assert.equal(whole.found, 1);
  for (const prefix of [`r/message/${log}`, `r/event/${log}`, `r/log/${log}`, 'r/at/', `r/find/${log}`, 'r/place/', `r/log/${ownLog}`, 'r/person/', 'r/cursor/']) {
    const asked = blobsAsked;
    assert.equal(damage(prefix), 1, prefix);
    const again = await open();
    await again.start();
    // Read as a person opens the app: what is damaged shows itself here.
    await again.conversations.list();
    await shown(again).catch(() => undefined);
    await until(again, async () => JSON.stringify(await shown(again)) === JSON.stringify(whole) && (await sounds(again, whole)));
    assert.equal(blobsAsked, asked, prefix);
    await again[Symbol.asyncDispose]();
  }
});

test('[HEAL3] damaged sound is noticed and fetched again; without a network it comes by itself once there is one', async () => {
  const ada = await open();
  const [message] = await ada.messages.list(log);
  assert(message !== undefined);
  assert.ok(damage('b/', true) >= 3);
  await place.stopServer();
  await assert.rejects(ada.messages.audio(message.id), { code: 'network.unreachable' });
  assert.equal((await ada.messages.get(message.id))?.here, false);
  await place.startServer();
  await ada.start();
  await until(ada, async () => (await ada.messages.get(message.id))?.here === true);
  for (const { id, sha256: sum } of await ada.messages.list(log)) assert.equal(await sha256(await ada.messages.audio(id)), sum);
  await ada[Symbol.asyncDispose]();
});

test('[HEAL3] sound that is damaged here and gone at the server, or damaged there as well, is missing, also after a restart, and comes from who still has it', async () => {
  const ada = await open();
  const [first, second] = await ada.messages.list(log);
  assert(first !== undefined && second !== undefined);
  const stateOf = async (device: Earshot, { id }: Message): Promise<unknown> => {
    const { here, failure } = (await device.messages.get(id)) ?? {};
    return [here, failure?.code];
  };
  assert.ok(damage('b/', true) >= 3);
  spoils = true;
  await assert.rejects(ada.messages.audio(second.id), { code: 'blob.damaged' });
  assert.deepEqual(await stateOf(ada, second), [false, 'blob.damaged']);
  spoils = false;
  await ada.recovery.gather();
  assert.deepEqual(await stateOf(ada, second), [true, undefined], 'it is among what is asked for before a backup');
  endBlobs();
  await assert.rejects(ada.messages.audio(first.id), { code: 'message.missing' });
  await ada[Symbol.asyncDispose]();
  const again = await open();
  assert.deepEqual(await stateOf(again, first), [false, 'message.missing']);
  await again.start();
  await again.recovery.askFor(first.id);
  await until(ben, async () => (await ben.recovery.asked()).some(({ message }) => message === first.id));
  assert.equal(await ben.recovery.answer(first.id), true);
  await until(again, async () => (await again.messages.get(first.id))?.here === true);
  assert.equal(await sha256(await again.messages.audio(first.id)), first.sha256);
  await again[Symbol.asyncDispose]();
});

/** The server has the bytes of no message any more. */
function endBlobs(): void {
  const database = new DatabaseSync(join(place.dir, 'data', 'earshot.db'), { timeout: 5_000 });
  for (const { id } of database.prepare('SELECT id FROM blob').all()) endBlob(database, String(id));
  database.close();
}
