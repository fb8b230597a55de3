import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { utf8 } from '@earshot/base/encoding.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { directLogId } from '@earshot/protocol/envelope.ts';
import { personId, reaches, speak, town, type Town, wayToServer, whole } from './town.ts';

const way = wayToServer();

interface Three {
  readonly ada: Earshot;
  readonly ben: Earshot;
  readonly eve: Earshot;
  readonly between: string;
}

/** They know one another, and Ada and Ben have not talked yet. */
async function three(place: Town): Promise<Three> {
  const ada = await place.person('ada', { store: memoryStore(), transport: way.transport });
  const [ben, eve] = [await place.person('ben'), await place.person('eve')];
  await ada.conversations.createGroup({ title: 'family', members: [await personId(ben), await personId(eve)] });
  await ada.settled();
  await Promise.all([ada.synced(), ben.synced(), eve.synced()]);
  return { ada, ben, eve, between: await directLogId(await personId(ada), await personId(ben)) };
}

/** As before the server asked for a place that follows from the event: Eve chooses that of Ada's and Ben's conversation. */
async function squat(t: TestContext, { ada, ben, eve, between }: Three, members: readonly string[]): Promise<void> {
  const real = crypto.subtle.digest.bind(crypto.subtle);
  const place = utf8(`earshot direct ${[await personId(ada), await personId(ben)].sort().join(' ')}`);
  const { mock } = t.mock.method(crypto.subtle, 'digest', (how: string, bytes: Uint8Array<ArrayBuffer>) => real(how, new TextDecoder().decode(bytes).startsWith('earshot group ') ? place : bytes));
  assert.equal(await eve.conversations.createGroup({ title: 'Ben', members }), between);
  await eve.settled();
  mock.restore();
}

/** Set aside with its reason, and Eve hears nothing of it, nor after it was tried again. */
async function isKept({ ada, eve }: Three, message: string): Promise<void> {
  const reason = (): Promise<unknown> => reaches(ada, message, ({ state }) => state.at === 'set-aside' && state.code === 'server.misbehaves' && state.evidence['reason'] === 'taken');
  await reason();
  await ada.outgoing.retry(message);
  await reason();
  await eve.synced();
  assert.equal(await eve.messages.get(message), null);
}

test('[LOG5] a group that lies where a conversation of two belongs is not opened as that, and nothing is said in it', async (t) => {
  await using place = await town();
  const all = await three(place);
  const [ada, ben] = [await personId(all.ada), await personId(all.ben)];
  await squat(t, all, [ada, ben]);
  await all.ada.synced();
  await assert.rejects(all.ada.conversations.direct(ben), { code: 'server.misbehaves', evidence: { what: 'log', log: all.between, reason: 'taken' } });
  await isKept(all, await speak(all.ada, all.between));
  await all.ada.conversations.leave(all.between);
  await all.ada.settled();
  await all.ada.synced();
  assert.equal((await all.ada.conversations.get(all.between))?.closed, 'left');
});

test('[LOG5] what was meant for one person, and said before it was seen who sits there, goes to nobody else', async (t) => {
  await using place = await town();
  const all = await three(place);
  way.up = false;
  const message = await speak(all.ada, await all.ada.conversations.direct(await personId(all.ben)));
  await squat(t, all, [await personId(all.ada), await personId(all.ben)]);
  way.up = true;
  await all.ada.outgoing.tryNow();
  await isKept(all, message);
});

test('[LOG5] [SEND7] whoever is shut out of a conversation by somebody who sits in its place is told so, and does not wait', async (t) => {
  await using place = await town();
  const all = await three(place);
  await squat(t, all, []);
  const message = await speak(all.ada, await all.ada.conversations.direct(await personId(all.ben)));
  await isKept(all, message);
});

test('[LOG5] both may begin their conversation at the same time', async () => {
  await using place = await town();
  const all = await three(place);
  way.up = false;
  const conversation = await all.ada.conversations.direct(await personId(all.ben));
  const message = await speak(all.ada, conversation);
  assert.equal(await all.ben.conversations.direct(await personId(all.ada)), conversation);
  const theirs = await speak(all.ben, conversation);
  await all.ben.settled();
  way.up = true;
  await all.ada.outgoing.tryNow();
  await whole(all.ben, message);
  await whole(all.ada, theirs);
});
