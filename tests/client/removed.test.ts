import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fromBase64Url } from '@earshot/base/encoding.ts';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { openGrant } from '@earshot/client/keys/conversation-key.ts';
import { openEvent } from '@earshot/client/keys/event-body.ts';
import { primitives } from '@earshot/client/keys/primitives.ts';
import type { Store } from '@earshot/client/store.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { below } from '@earshot/client/stores/keys.ts';
import type { PostedEvent } from '@earshot/protocol/envelope.ts';
import { BadServer } from './bad-server.ts';
import { details, packets, personId, signInToo, town, type Town, until } from './town.ts';

let place: Town;
/** The owner of all groups, with a wire that keeps what she posts: what a server could go on handing to anybody. */
let ada: Earshot;
const wire = new BadServer();

before(async () => {
  place = await town();
  ada = await place.person('ada', { transport: (real) => wire.transport(real) });
});
after(() => place[Symbol.asyncDispose]());

async function say(conversation: string): Promise<string> {
  const take = await ada.outgoing.begin({ take: makeId(systemRandom), conversation });
  await take.append(packets(20));
  await take.send(details(20));
  await ada.settled();
  return take.take;
}

const postedTo = (log: string): PostedEvent[] => wire.posted.filter(({ path }) => path === `/v1/logs/${log}/events`).map(({ body }) => JSON.parse(body) as PostedEvent);

const secretsBelow = async (store: Store, folder: string): Promise<Uint8Array<ArrayBuffer>[]> => (await store.list(below(folder))).map(([, value]) => value as Uint8Array<ArrayBuffer>);

/** Which of the events whoever has this store could read, with every key there in every place where one fits. */
async function readable(store: Store, events: readonly PostedEvent[]): Promise<string[]> {
  const keys = await secretsBelow(store, `k/log/${events[0]?.envelope.log ?? ''}`);
  const seeds = await secretsBelow(store, 'k/account');
  const tools = primitives(systemRandom);
  const read: string[] = [];
  for (const { envelope, body, grants = [] } of events) {
    for (const { person, ...grant } of grants) {
      for (const seed of seeds) {
        const key = await openGrant(tools, envelope.log, envelope.generation, person, grant, seed);
        if (key !== null) keys.push(key);
      }
    }
    const opening = await Promise.allSettled(keys.map((key) => openEvent(tools, key, envelope, fromBase64Url(body))));
    if (opening.some(({ status }) => status === 'fulfilled')) read.push(envelope.id);
  }
  return read;
}

test('[BAD5] a removed member opens nothing of what is said afterwards, even where a server goes on serving it', async () => {
  const store = memoryStore();
  const mallory = await place.person('mallory', { store });
  await ada.synced();
  const group = await ada.conversations.createGroup({ title: 'Two', members: [await personId(mallory)] });
  const first = await say(group);
  await until(mallory, async () => (await mallory.messages.get(first))?.here === true);
  const earlier = postedTo(group);
  assert.deepEqual(await readable(store, earlier), earlier.map(({ envelope }) => envelope.id), 'a member reads all of it');

  await ada.conversations.remove(group, await personId(mallory));
  const second = await say(group);
  const later = postedTo(group).slice(earlier.length);
  assert(later.some(({ envelope }) => envelope.id === second));
  assert.deepEqual(await readable(store, later), []);
});

test('[BAD5] neither does a revoked device', async () => {
  const store = memoryStore();
  const friend = await place.person('friend');
  await ada.synced();
  const group = await ada.conversations.createGroup({ title: 'Three', members: [await personId(friend)] });
  const phone = await place.device({ store });
  await signInToo(phone, ada, 'Phone');
  await phone.start();
  await phone.synced();
  const first = await say(group);
  await until(phone, async () => (await phone.messages.get(first))?.here === true);
  const copy = memoryStore();
  await copy.commit((await store.list({ from: '', to: '\uffff' })).map(([put, value]) => ({ put, value })));
  const earlier = postedTo(group);
  assert((await readable(copy, earlier)).includes(first), 'a device of hers reads it');

  await ada.account.revokeDevice((await phone.account.current())?.device ?? '');
  const second = await say(group);
  await until(friend, async () => (await friend.messages.get(second))?.here === true);
  const later = postedTo(group).slice(earlier.length);
  assert(later.some(({ envelope }) => envelope.id === second));
  assert.deepEqual(await readable(copy, later), []);
  // Its own copy is gone as soon as it hears of it.
  await until(phone, async () => (await store.list(below('k'))).length === 0 && (await store.list(below('r'))).length === 0);
});
