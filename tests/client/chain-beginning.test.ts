import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock } from '@earshot/base/clock.ts';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import type { OutboxRow } from '@earshot/client/outbox/row.ts';
import type { EventRow, MessageRow, PlaceRow } from '@earshot/client/replica/row.ts';
import type { Store } from '@earshot/client/store.ts';
import { below, keys } from '@earshot/client/stores/keys.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import type { Transport, TransportAnswer, TransportRequest } from '@earshot/client/transport.ts';
import type { PostedEvent } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Prekey } from '@earshot/protocol/keys.ts';
import { details, packets, personId, reaches, type Town, town, whole } from './town.ts';

const DAY = 86_400_000;

let place: Town;
let ada: Earshot;
let ben: Earshot;
const [adaStore, benStore] = [memoryStore(), memoryStore()];
/** How far the server's clock is ahead of the devices'. */
let ahead = 0;
/** What Ada's device asks of the server, and what it is answered. */
let between: (real: Transport['request']) => Transport['request'] = (real) => real;
/** The events that Ada's device has tried to post and was answered. */
const posted: PostedEvent[] = [];

before(async () => {
  place = await town({ clock: { now: () => Date.now() + ahead, sleep: systemClock.sleep } });
  const noted = async (request: TransportRequest, answering: Promise<TransportAnswer>): Promise<TransportAnswer> => {
    const answer = await answering;
    if (isEvent(request) && typeof request.body === 'string') posted.push(JSON.parse(request.body) as PostedEvent);
    return answer;
  };
  ada = await place.person('ada', { store: adaStore, transport: (real) => ({ ...real, request: (request) => noted(request, between(real.request)(request)) }) });
  ben = await place.person('ben', { store: benStore });
  await ada.synced();
});
after(() => place[Symbol.asyncDispose]());

/** Decides to send; it may still wait. */
async function begin(conversation: string, expiry: number | null, from = ada): Promise<string> {
  const take = await from.outgoing.begin({ take: makeId(systemRandom), conversation });
  await take.append(packets(50, 1));
  await take.send({ ...details(50), expiry });
  return take.take;
}

async function say(conversation: string, expiry: number | null): Promise<string> {
  const id = await begin(conversation, expiry);
  await ada.settled();
  return id;
}


/** The chain of a message that Ben has. */
async function chainOf(id: string): Promise<string | undefined> {
  const { log, seq } = (await benStore.get(keys.at(id))) as PlaceRow;
  return ((await benStore.get(keys.message(log, seq))) as MessageRow).ephemeral?.chain;
}

const isEvent = ({ method, path }: TransportRequest): boolean => method === 'POST' && path.endsWith('/events');

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
    between = (real) => async (request) => {
      if (!isChain(request) || late.length > 0) return await real(request);
      late.push(() => real(request));
      if (lost === 'answer') await real(request);
      throw new Failure('network.unreachable');
    };
    const id = await begin(log, 120);
    await whole(ben, id);
    await late[0]?.();
    between = (real) => real;
    const next = await say(log, 120);
    await whole(ben, next);
    assert.equal(await chainsIn(log), 1);
    assert.equal(await chainOf(next), await chainOf(id));
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
  const id = await begin(log, 120, cut);
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
  between = (real) => (request) => real(isChain(request) && typeof request.body === 'string' ? { ...request, body: bent(request.body) } : request);
  const id = await begin(log, 120);
  const stays = await begin(log, null);
  await reaches(ada, id, ({ state }) => state.at === 'set-aside' && state.code === 'request.invalid');
  await whole(ben, stays);
  assert.deepEqual((await adaStore.list(below('o/row'))).map(([, value]) => (value as OutboxRow).id), [id]);
  between = (real) => real;
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
  between = (real) => (request) => (isChain(request) ? Promise.reject(new Failure('network.unreachable')) : real(request));
  const id = await begin(log, 120);
  await reaches(ada, id, ({ state }) => state.at === 'sending' && state.waiting !== null);
  await emil[Symbol.asyncDispose]();
  ahead += 8 * DAY;
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
  between = (real) => real;
  await ada.outgoing.tryNow();
  await whole(later, id);
  const grants = posted.slice(from).flatMap(({ deviceGrants = [] }) => deviceGrants);
  assert.ok(grants.length > 0 && grants.every(({ prekey }) => prekey === 2));
});
