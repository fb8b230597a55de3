import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot, Message } from '@earshot/client/earshot.ts';
import type { LogRow } from '@earshot/client/replica/row.ts';
import { keys } from '@earshot/client/stores/keys.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { personId, reaches, speak, town, type Town, until, wayToServer, whole } from './town.ts';

const code = ({ state }: Message): string | null => (state.at === 'set-aside' ? state.code : null);

async function blockedFirst(place: Town): Promise<{ ada: Earshot; ben: Earshot; direct: string; first: string }> {
  const [cid, ada, ben] = [await place.person('cid'), await place.person('ada'), await place.person('ben')];
  await cid.synced();
  await cid.conversations.createGroup({ title: 'both', members: [await personId(ada), await personId(ben)] });
  await cid.settled();
  await Promise.all([ada.synced(), ben.synced()]);
  await ben.people.block(await personId(ada), true);
  const direct = await ada.conversations.direct(await personId(ben));
  const first = await speak(ada, direct);
  await reaches(ada, first, (message) => code(message) === 'conversation.closed');
  return { ada, ben, direct, first };
}

test('[SEND7] the first word to somebody who has blocked is set aside with the reason; once she may speak, a try makes the conversation first', async () => {
  await using place = await town();
  const { ada, ben, direct, first } = await blockedFirst(place);
  await assert.rejects(ada.outgoing.stored(first), { code: 'conversation.closed' });
  await ada.outgoing.retry(first);
  await reaches(ada, first, (message) => code(message) === 'conversation.closed');
  await ben.people.block(await personId(ada), false);
  await ada.outgoing.retry(first);
  await whole(ben, first);
  await whole(ben, await speak(ada, direct));
});

test('[SEND7] what is said next asks for the conversation anew, and goes without what was set aside before it', async () => {
  await using place = await town();
  const { ada, ben, direct, first } = await blockedFirst(place);
  assert.equal(await ada.conversations.direct(await personId(ben)), direct);
  await ben.people.block(await personId(ada), false);
  await whole(ben, await speak(ada, direct));
  assert.equal(await ben.messages.get(first), null);
  await ada.outgoing.retry(first);
  await whole(ben, first);
});

/** A group that was made while nothing got through, with somebody whose account ended by then, and what of it was refused; `meanwhile` happens in it before it is on its way. */
async function ghost(place: Town, meanwhile: (ada: Earshot, group: string) => Promise<void>): Promise<{ ada: Earshot; group: string; refused: readonly string[] }> {
  const way = wayToServer();
  const ada = await place.person('ada', { store: memoryStore(), transport: way.transport });
  const [ben, cid] = [await place.person('ben'), await place.person('cid')];
  await ada.synced();
  const members = [await personId(ben), await personId(cid)];
  way.up = false;
  await cid.account.deleteAccount({ handle: 'cid', password: 'password of cid' });
  const group = await ada.conversations.createGroup({ title: 'ghost', members });
  const refused: string[] = [];
  ada.on((one) => void (one.type === 'refused' && one.conversation === group && refused.push(one.code)));
  await meanwhile(ada, group);
  way.up = true;
  await ada.outgoing.tryNow();
  return { ada, group, refused };
}

test('[SEND7] what waited for a group that the server refuses to make is set aside with its reason, each by itself, and what was to change it is told to be refused', async () => {
  await using place = await town();
  const said: string[] = [];
  const { ada, group, refused } = await ghost(place, async (earshot, id) => {
    said.push(await speak(earshot, id));
    await earshot.conversations.rename(id, 'another title');
    said.push(await speak(earshot, id));
  });
  for (const id of said) await reaches(ada, id, (message) => code(message) === 'person.unknown');
  await ada.settled();
  assert.deepEqual(refused, ['person.unknown', 'not-found']);
  await ada.conversations.leave(group);
  assert.equal((await ada.conversations.get(group))?.closed, 'left');
  assert.deepEqual((await Promise.all(said.map(async (id) => await ada.messages.get(id)))).map((one) => one?.state.at), ['set-aside', 'set-aside'], 'what was said stays until its person decides');
  await ada.outgoing.discard(said[0] ?? '');
  assert.equal(await ada.messages.get(said[0] ?? ''), null);
});

test('[SEND7] a group that never came to be keeps nobody from deleting her account', async () => {
  await using place = await town();
  const { ada, group } = await ghost(place, async (earshot, id) => void (await speak(earshot, id)));
  await until(ada, async () => (await ada.outgoing.underWay()).size === 0);
  assert.equal((await ada.conversations.get(group))?.closed, null);
  await ada.account.deleteAccount({ handle: 'ada', password: 'password of ada' });
  assert.equal(await ada.account.current(), null);
});

test('[SEND7] [LOG5] what was said in a group that was made here under an id of its own choice, before the server asked for another, stays set aside and whole; the group is left, and made anew', async () => {
  await using place = await town();
  const store = memoryStore();
  const ada = await place.person('ada', { store });
  const ben = await place.person('ben');
  await ada.synced();
  const members = [await personId(ben)];
  const self = await ada.conversations.direct(await personId(ada));
  await ada.settled();
  // As its row was then, once the server has refused the event that was to make it.
  const group = makeId(systemRandom);
  const { creation: _, ...row } = (await store.get(keys.log(self))) as LogRow;
  await store.commit([{ put: keys.log(group), value: { ...row, id: group, kind: 'group', title: 'before', applied: 0, roster: null, generation: 0, pending: true } satisfies LogRow }]);
  const message = await speak(ada, group);
  await reaches(ada, message, (one) => code(one) === 'request.invalid');
  await ada.outgoing.retry(message);
  await reaches(ada, message, (one) => code(one) === 'request.invalid');
  assert.ok((await ada.messages.audio(message)).length > 0);
  await ada.conversations.leave(group);
  assert.equal((await ada.conversations.get(group))?.closed, 'left');
  await whole(ben, await speak(ada, await ada.conversations.createGroup({ title: 'before', members })));
});

test('[SEND7] who leaves a group while its making waits, and is refused then, has left it', async () => {
  await using place = await town();
  const { ada, group, refused } = await ghost(place, async (earshot, id) => {
    await earshot.conversations.leave(id);
  });
  await until(ada, async () => (await ada.outgoing.underWay()).size === 0);
  assert.equal((await ada.conversations.get(group))?.closed, 'left');
  assert.deepEqual(refused, ['person.unknown']);
});
