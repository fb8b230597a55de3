import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { systemClock } from '@earshot/base/clock.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { createEarshot } from '@earshot/client/create.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { memoryLocks } from '@earshot/client/locks/memory.ts';
import type { Store } from '@earshot/client/store.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import type { Transport } from '@earshot/client/transport.ts';
import { httpTransport } from '@earshot/client/transports/http-transport.node.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { endBlob } from '@earshot/server/store/sqlite-uploads.node.ts';
import { loseSound, rowOf } from './ada-and-ben.ts';
import { personId, signInToo, speak, townOfFile, until, whole } from './town.ts';

const EIGHT_DAYS = 8 * 86_400_000;

const place = await townOfFile();
const store = memoryStore();
const [ada, ben] = [await place.person('ada', { store }), await place.person('ben')];
await ada.synced();
const log = await ben.conversations.direct(await personId(ada));
/** What her tablet gives back first is cut on its way, as often as it tries. */
let cuts = false;
let first: string | null = null;

const cutting = (real: Transport): Transport => ({ ...real, request: async (request) => {
  if (request.method !== 'PUT' || !cuts) return await real.request(request);
  first ??= request.path;
  if (first !== request.path) return await real.request(request);
  throw new Failure('network.unreachable', { reason: 'cut' });
} });

/** Her tablet, as far ahead of the time. */
async function tablet(from: Store, ahead = 0): Promise<Earshot> {
  const clock = { now: () => systemClock.now() + ahead, sleep: systemClock.sleep };
  return await createEarshot({ store: from, locks: memoryLocks(), random: systemRandom, transport: cutting(httpTransport({ server: place.origin })), clock });
}

/** Ben says something, and Ada has it. */
async function say(seed: number): Promise<string> {
  const id = await speak(ben, log, { seed });
  await whole(ada, id);
  return id;
}

/** Neither the server nor this device has its sound any more. */
async function lose(here: Store, message: string): Promise<void> {
  const { blobs } = await rowOf(here, message);
  const database = new DatabaseSync(join(place.dir, 'data', 'earshot.db'), { timeout: 5_000 });
  for (const { id } of blobs) endBlob(database, id);
  database.close();
  await loseSound(here, message);
}

test('[WHERE1] what a device that is asked cannot give back now holds up nothing behind it, and goes once the server is there again', async () => {
  const [one, other] = [await say(1), await say(2)];
  const from = memoryStore();
  const early = await tablet(from);
  await signInToo(early, ada, 'tablet');
  await early.start();
  for (const id of [one, other]) await whole(early, id);
  await early[Symbol.asyncDispose]();
  for (const id of [one, other]) await lose(store, id);
  await Promise.all([ada.recovery.fetch(one), ada.recovery.fetch(other)]);
  cuts = true;
  await using asked = await tablet(from);
  await asked.start();
  await until(ada, async () => (await Promise.all([one, other].map((id) => ada.messages.get(id)))).some((message) => message?.here === true));
  assert.notEqual(first, null);
  assert.equal((await Promise.all([one, other].map((id) => ada.messages.get(id)))).filter((message) => message?.here === true).length, 1);
  cuts = false;
  await place.stopServer();
  await place.startServer();
  for (const device of [ada, asked]) await device.outgoing.tryNow();
  for (const id of [one, other]) await whole(ada, id);
});

test('[WHERE1] how long a question is open is counted by the server’s clock', async () => {
  await using asked = await tablet(memoryStore(), EIGHT_DAYS);
  await signInToo(asked, ada, 'ahead');
  await asked.start();
  const id = await say(3);
  await whole(asked, id);
  await lose(store, id);
  const found = ada.recovery.fetch(id);
  await whole(ada, id);
  await found;
  await ben.recovery.askFor(id);
  await until(asked, async () => (await asked.recovery.asked()).some(({ message }) => message === id));
});
