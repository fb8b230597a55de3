import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@earshot/base/clock.ts';
import { fromUtf8, utf8 } from '@earshot/base/encoding.ts';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import type { Transport } from '@earshot/client/transport.ts';
import { BadServer } from './bad-server.ts';
import { details, packets, personId, signInToo, town, until } from './town.ts';

async function say(earshot: Earshot, conversation: string, seed: number): Promise<string> {
  const take = await earshot.outgoing.begin({ take: makeId(systemRandom), conversation });
  await take.append(packets(90, seed));
  const id = await take.send(details(90));
  await earshot.outgoing.stored(id);
  return id;
}

test('[LATE1] what came before its key opens with the catching up that brings the key: the same sound, in the order of the log, counted once as unheard; when it is heard its sender is told', async () => {
  await using place = await town();
  let hiding = false;
  const withheld = (real: Transport): Transport => ({
    connect: (...input) => real.connect(...input),
    request: async (request) => {
      const answer = await real.request(request);
      if (!hiding || request.path !== '/v1/keys') return answer;
      const held = JSON.parse(fromUtf8(await answer.bytes())) as object;
      return { ...answer, bytes: async () => utf8(JSON.stringify({ ...held, grants: [], predecessors: [] })) };
    },
  });
  const anna = await place.person('anna');
  const bert = await place.person('bert');
  await anna.synced();
  const store = memoryStore();
  const [phone, lost] = [await place.device({ store, transport: withheld }), await place.device()];
  await signInToo(phone, anna, 'phone');
  await signInToo(lost, anna, 'lost');
  await phone.start();
  const conversation = await bert.conversations.direct(await personId(anna));
  const before = await say(bert, conversation, 1);
  await until(phone, async () => (await phone.messages.get(before))?.here === true);

  hiding = true;
  await anna.account.revokeDevice((await lost.account.current())?.device ?? '');
  const sent = [await say(bert, conversation, 2), await say(bert, conversation, 3)];
  await until(phone, async () => (await phone.messages.get(sent[1] ?? ''))?.failure?.code === 'key.missing');
  assert.equal((await phone.conversations.get(conversation))?.unheard, 3);

  hiding = false;
  await phone.synced();
  for (const id of sent) {
    await until(phone, async () => (await phone.messages.get(id))?.here === true);
    assert.deepEqual(await phone.messages.audio(id), await bert.messages.audio(id));
  }
  assert.deepEqual((await phone.messages.list(conversation)).map(({ id, failure }) => [id, failure]), [before, ...sent].map((id) => [id, null]));
  assert.equal((await phone.conversations.get(conversation))?.unheard, 3);
  assert.deepEqual([await store.list({ from: 'r/late/', to: 'r/late0' }), await store.list({ from: 'r/trouble/', to: 'r/trouble0' })], [[], []]);
  await phone.messages.heard(sent[0] ?? '', 2);
  await until(phone, async () => (await phone.conversations.get(conversation))?.unheard === 2);
  const me = await personId(anna);
  await until(bert, async () => (await bert.messages.get(sent[0] ?? ''))?.heardBy.some(({ person }) => person === me) === true);
  // It knows the key and the members by now: it goes on as if nothing had been.
  const answer = await say(phone, conversation, 4);
  await until(bert, async () => (await bert.messages.get(answer))?.here === true);
});

test('[LATE2] a key that the server withheld when the event came is asked for again, and the event opened with it', async () => {
  await using place = await town();
  const server = new BadServer();
  const bert = await place.person('bert');
  const anna = await place.person('anna', { transport: (real) => server.transport(real) });
  await bert.synced();
  server.malice = { events: (events) => events.map((event) => ({ ...event, grant: null })) };
  const conversation = await bert.conversations.direct(await personId(anna));
  const message = await say(bert, conversation, 1);
  await until(anna, async () => (await anna.messages.get(message))?.failure?.code === 'key.missing');
  await anna.synced();
  assert.equal((await anna.messages.get(message))?.here, false);
  server.malice = {};
  // It was asked for in vain a few times: a little later it is asked for again.
  for (let looks = 0; looks < 100 && (await anna.messages.get(message))?.failure !== null; looks += 1) {
    await anna.synced();
    await systemClock.sleep(100);
  }
  await until(anna, async () => (await anna.messages.get(message))?.here === true);
});
