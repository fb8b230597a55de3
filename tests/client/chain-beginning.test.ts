import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { OutboxRow } from '@earshot/client/outbox/row.ts';
import type { EventRow } from '@earshot/client/replica/row.ts';
import type { Store } from '@earshot/client/store.ts';
import { below } from '@earshot/client/stores/keys.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import type { Transport, TransportAnswer, TransportRequest } from '@earshot/client/transport.ts';
import type { PostedEvent } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Prekey } from '@earshot/protocol/keys.ts';
import { adaAndBen, begin, chainOf, isEvent, say } from './ada-and-ben.ts';
import { personId, reaches, whole } from './town.ts';

const DAY = 86_400_000;

const both = await adaAndBen();
const { place, ada, ben, adaStore, benStore, posted } = both;
after(() => both[Symbol.asyncDispose]());

/** How many chains have begun in a conversation, as Ben's device has it. */
const chainsIn = async (log: string): Promise<number> => (await benStore.list(below(`r/event/${log}`))).filter(([, value]) => (value as EventRow).envelope.class === 'chain').length;

const isChain = (request: TransportRequest): boolean => isEvent(request) && typeof request.body === 'string' && (JSON.parse(request.body) as PostedEvent).envelope.class === 'chain';

test('[VANISH14] a chain is begun once, whose answer was lost or that came to the server late and twice; no device takes that for a server that misbehaves', async () => {
  const faults: string[] = [];
  const end = ben.on((one) => void (one.type === 'fault' && faults.push(one.code)));
  for (const lost of ['answer', 'request'] as const) {
    const log = await ada.conversations.createGroup({ title: lost, members: [await personId(ben)] });
    await ada.settled();
    const late: (() => Promise<TransportAnswer>)[] = [];
    both.between = (real) => async (request) => {
      if (!isChain(request) || late.length > 0) return await real(request);
      late.push(() => real(request));
      if (lost === 'answer') await real(request);
      throw new Failure('network.unreachable');
    };
    const id = await begin(ada, log, 120);
    await whole(ben, id);
    await late[0]?.();
    both.between = (real) => real;
    const next = await say(ada, log, 120);
    await whole(ben, next);
    assert.equal(await chainsIn(log), 1);
    assert.equal(await chainOf(benStore, next), await chainOf(benStore, id));
  }
  end();
  assert.deepEqual(faults, []);
});

test('[VANISH14] killed between the beginning of a chain and the message that waits for it, both arrive, once', async () => {
  const store = memoryStore();
  const only = (allowed: boolean) => (real: Transport): Transport => ({ ...real, request: (request) => (isChain(request) === allowed || !request.path.endsWith('/events') ? real.request(request) : Promise.reject(new Failure('network.unreachable'))) });
  const dora = await place.person('dora', { store });
  await ada.synced();
  const log = await ada.conversations.direct(await personId(dora));
  await ada.settled();
  await dora.synced();
  await dora[Symbol.asyncDispose]();
  const cut = await place.device({ store: await copied(store), transport: only(true) });
  await cut.start();
  const id = await begin(cut, log, 120);
  await reaches(cut, id, ({ state }) => state.at === 'sending' && state.waiting !== null);
  const cutStore = kept.at(-1);
  await cut[Symbol.asyncDispose]();
  assert.ok(cutStore);
  assert.equal((await cutStore.list(below('k/ephemeral/own'))).length, 1, 'the chain is begun');
  const again = await place.device({ store: await copied(cutStore), transport: only(false) });
  await again.start();
  await again.settled();
  await whole(ada, id);
  assert.ok((await ada.messages.audio(id)).length > 0);
});

test('[VANISH14] what the beginning of a chain is refused for is the message’s: it is set aside, holds up nothing, and goes when it is tried again', async () => {
  const log = await ada.conversations.createGroup({ title: 'refused', members: [await personId(ben)] });
  await ada.settled();
  const bent = (body: string): string => {
    const event = JSON.parse(body) as PostedEvent;
    return JSON.stringify({ ...event, envelope: { ...event.envelope, refers: [event.envelope.log] } });
  };
  both.between = (real) => (request) => real(isChain(request) && typeof request.body === 'string' ? { ...request, body: bent(request.body) } : request);
  const id = await begin(ada, log, 120);
  const stays = await begin(ada, log, null);
  await reaches(ada, id, ({ state }) => state.at === 'set-aside' && state.code === 'request.invalid');
  await whole(ben, stays);
  assert.deepEqual((await adaStore.list(below('o/row'))).map(([, value]) => (value as OutboxRow).id), [id]);
  both.between = (real) => real;
  await ada.outgoing.retry(id);
  await whole(ben, id);
});

/** Disks as they were when their program was killed. */
const kept: Store[] = [];
async function copied(from: Store): Promise<Store> {
  const store = memoryStore();
  await store.commit((await from.list({ from: '', to: '~' })).map(([put, value]) => ({ put, value })));
  kept.push(store);
  return store;
}

test('[VANISH14] a chain that waited until prekeys had changed is sealed anew, and what it carries opens', async () => {
  const store = memoryStore();
  const emil = await place.person('emil', { store });
  await ada.synced();
  const log = await ada.conversations.direct(await personId(emil));
  await ada.settled();
  const from = posted.length;
  both.between = (real) => (request) => (isChain(request) ? Promise.reject(new Failure('network.unreachable')) : real(request));
  const id = await begin(ada, log, 120);
  await reaches(ada, id, ({ state }) => state.at === 'sending' && state.waiting !== null);
  await emil[Symbol.asyncDispose]();
  both.ahead += 8 * DAY;
  await ada.synced();
  const shown = Promise.withResolvers<void>();
  const later = await place.device({
    store: await copied(store),
    transport: (real) => ({ ...real, request: async (request) => {
      const answer = await real.request(request);
      // The first one is shown again before the next is.
      if (request.path === '/v1/prekey' && typeof request.body === 'string' && (JSON.parse(request.body) as Prekey).number === 2) shown.resolve();
      return answer;
    } }),
  });
  await later.start();
  await shown.promise;
  both.between = (real) => real;
  await ada.outgoing.tryNow();
  await whole(later, id);
  const grants = posted.slice(from).flatMap(({ deviceGrants = [] }) => deviceGrants);
  assert.ok(grants.length > 0 && grants.every(({ prekey }) => prekey === 2));
});
