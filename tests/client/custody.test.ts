import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot, Recipient } from '@earshot/client/earshot.ts';
import type { Store } from '@earshot/client/store.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import type { Transport } from '@earshot/client/transport.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { details, packets, personId, town, until, signInAgain, signInToo } from './town.ts';

async function say(from: Earshot, conversation: string, seed = 1): Promise<string> {
  const growing = await from.outgoing.begin({ take: makeId(systemRandom), conversation });
  await growing.append(packets(60, seed));
  const id = await growing.send(details(60));
  await from.outgoing.stored(id);
  return id;
}

async function recipient(of: Earshot, message: string): Promise<Recipient | undefined> {
  return (await of.messages.get(message))?.recipients[0];
}

const standsFor = (of: Earshot, message: string, code: string | null): Promise<void> => until(of, async () => (await recipient(of, message))?.stands?.code === code || (code === null && (await of.messages.get(message))?.state.at === 'delivered'));

test('[REP7] what a second device received while the sender was away is known when she is back', async () => {
  await using place = await town();
  const store = memoryStore();
  const anna = await place.person('anna', { store });
  const bert = await place.person('bert');
  await anna.synced();
  const conversation = await anna.conversations.direct(await personId(bert));
  const id = await say(anna, conversation);
  await until(anna, async () => (await anna.messages.get(id))?.state.at === 'delivered');
  await anna[Symbol.asyncDispose]();

  const tablet = await place.device();
  await signInToo(tablet, bert, 'tablet');
  await tablet.start();
  await until(tablet, async () => (await tablet.messages.get(id))?.here === true);
  await tablet[Symbol.asyncDispose]();

  const again = await place.device({ store });
  await again.start();
  await until(again, async () => (await again.messages.get(id))?.deliveredTo.length === 2);
  const message = await again.messages.get(id);
  assert.ok(message?.kept && message.kept.begun <= message.kept.at);
  const [known] = message.recipients;
  assert.equal(known?.devices.length, 2);
  assert.ok(known.devices.every(({ delivered }) => delivered !== null && delivered >= message.time));
});

test('[REP8] a message that arrives damaged is not called delivered; once it is whole there, it is', async () => {
  await using place = await town();
  const bad = { on: true };
  const spoiling = (real: Transport): Transport => ({
    connect: (...input) => real.connect(...input),
    request: async (request) => {
      const answer = await real.request(request);
      if (!bad.on || !request.path.startsWith('/v1/blobs/')) return answer;
      return { ...answer, bytes: async () => (await answer.bytes()).map((byte, at) => (at === 40 ? byte ^ 1 : byte)) };
    },
  });
  const anna = await place.person('anna');
  const bert = await place.person('bert', { transport: spoiling });
  await anna.synced();
  const conversation = await anna.conversations.direct(await personId(bert));
  const id = await say(anna, conversation);
  await until(bert, async () => (await bert.messages.get(id))?.failure?.code === 'blob.damaged');
  await anna.messages.ask(conversation);
  await standsFor(anna, id, 'recipient.damaged');
  assert.equal((await anna.messages.get(id))?.state.at, 'stored');
  bad.on = false;
  await bert.messages.audio(id);
  await standsFor(anna, id, null);
  assert.equal((await recipient(anna, id))?.stands, null);
});

/** A store whose disk can be full. */
function smallDisk(disk: { full: boolean }): Store {
  const store = memoryStore();
  return {
    ...store,
    commit: async (changes) => {
      if (disk.full && changes.some((change) => 'put' in change)) throw new Failure('device.storage', { reason: 'full' });
      return await store.commit(changes);
    },
  };
}

test('[REP8] a device without room says so although it can write nothing down; with room again the message arrives', async () => {
  await using place = await town();
  const disk = { full: false };
  const anna = await place.person('anna');
  const bert = await place.person('bert', { store: smallDisk(disk) });
  await anna.synced();
  const conversation = await anna.conversations.direct(await personId(bert));
  await say(anna, conversation);
  await until(anna, async () => (await anna.messages.list(conversation))[0]?.state.at === 'delivered');
  disk.full = true;
  const id = await say(anna, conversation, 2);
  await anna.messages.ask(conversation);
  await standsFor(anna, id, 'recipient.storage');
  disk.full = false;
  await bert.outgoing.tryNow();
  await standsFor(anna, id, null);
});

test('[REP8] whoever has no device is said to have none; signing in again brings it', async () => {
  await using place = await town();
  const anna = await place.person('anna');
  const bert = await place.person('bert');
  await anna.synced();
  const conversation = await anna.conversations.direct(await personId(bert));
  await say(anna, conversation);
  await until(anna, async () => (await anna.messages.list(conversation))[0]?.state.at === 'delivered');
  const code = (await bert.account.recoveryCode()) ?? '';
  await bert.account.signOut();
  const id = await say(anna, conversation, 3);
  await anna.messages.ask(conversation);
  await standsFor(anna, id, 'recipient.no-device');
  await signInAgain(bert, 'bert', code, 'back');
  await standsFor(anna, id, null);
});
