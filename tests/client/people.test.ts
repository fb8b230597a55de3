import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot, Happening, OutgoingTake } from '@earshot/client/earshot.ts';
import type { OutboxRow } from '@earshot/client/outbox/row.ts';
import { memoryLocks } from '@earshot/client/locks/memory.ts';
import type { Store } from '@earshot/client/store.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import { details, happening, isMessage, packets, personId, speak, town, until, signInAgain, signInToo } from './town.ts';

const fails = (code: FailureCode) => (error: unknown): boolean => error instanceof Failure && error.code === code;

const say = (from: Earshot, conversation: string): Promise<string> => speak(from, conversation, { count: 60 });

test('[REP1] stored, delivered and heard come back to who sent it; unread counts follow', async () => {
  await using place = await town();
  const anna = await place.person('anna');
  const bert = await place.person('bert');
  await anna.synced();
  const conversation = await anna.conversations.direct(await personId(bert));
  const seen: Happening[] = [];
  anna.on((one) => seen.push(one));
  const arrived = happening(bert, isMessage);
  const id = await say(anna, conversation);
  await arrived;
  await until(anna, async () => (await anna.messages.get(id))?.state.at === 'delivered');
  assert.equal((await bert.conversations.get(conversation))?.unheard, 1);
  await bert.messages.heard(id, 1.2);
  await bert.messages.heard(id, 1.2);
  assert.equal((await bert.conversations.get(conversation))?.unheard, 0);
  await until(anna, async () => (await anna.messages.get(id))?.state.at === 'heard');
  const message = await anna.messages.get(id);
  assert.deepEqual(message?.heardBy.map(({ person }) => person), [await personId(bert)]);
  assert.deepEqual(message?.deliveredTo.map(({ person }) => person), [await personId(bert)]);
  assert.deepEqual(['delivered', 'heard'].map((type) => seen.filter((one) => one.type === type).length), [1, 1]);
});

test('[REP2] a second device of the same person has everything, and what is heard on one is heard on both', async () => {
  await using place = await town();
  const anna = await place.person('anna');
  const bert = await place.person('bert');
  await anna.synced();
  const conversation = await anna.conversations.direct(await personId(bert));
  const id = await say(anna, conversation);
  await anna.outgoing.stored(id);
  const tablet = await place.device();
  await signInToo(tablet, bert, 'tablet');
  await tablet.start();
  await until(tablet, async () => (await tablet.messages.get(id))?.here === true);
  await bert.synced();
  await bert.messages.heard(id, 1);
  await until(tablet, async () => (await tablet.conversations.get(conversation))?.unheard === 0);
  assert.equal((await bert.account.devices()).length, 2);
  const annas = await place.device();
  await signInToo(annas, anna, 'other');
  await annas.start();
  await until(annas, async () => (await annas.messages.get(id))?.here === true);
});

test('[REP3] groups: everybody hears; titles, members and mute follow; only owners change members', async () => {
  await using place = await town();
  const anna = await place.person('anna');
  const bert = await place.person('bert');
  const cleo = await place.person('cleo');
  await anna.synced();
  const [a, b, c] = [await personId(anna), await personId(bert), await personId(cleo)];
  const group = await anna.conversations.createGroup({ title: 'Choir', members: [b] });
  await until(bert, async () => (await bert.conversations.get(group))?.title === 'Choir');
  await anna.conversations.rename(group, 'Small choir');
  await until(bert, async () => (await bert.conversations.get(group))?.title === 'Small choir');
  await anna.conversations.add(group, [c]);
  await until(cleo, async () => (await cleo.conversations.get(group)) !== null);
  const [atBert, atCleo] = [happening(bert, isMessage), happening(cleo, isMessage)];
  const id = await say(anna, group);
  assert.equal((await atBert).message, id);
  assert.equal((await atCleo).message, id);
  await assert.rejects(bert.conversations.remove(group, a), fails('not-allowed'));
  await bert.conversations.mute(group, true);
  assert.equal((await bert.conversations.get(group))?.muted, true);
  await cleo.conversations.leave(group);
  await until(cleo, async () => (await cleo.conversations.get(group))?.closed === 'left');
  await anna.conversations.remove(group, b);
  await until(bert, async () => (await bert.conversations.get(group))?.closed === 'removed');
  const late = await say(bert, group);
  await assert.rejects(bert.outgoing.stored(late), fails('not-found'));
});

test('[REP10] everybody in a conversation has a name there, whoever looks at it included', async () => {
  await using place = await town();
  const anna = await place.person('anna');
  const bert = await place.person('bert');
  await anna.synced();
  const conversation = await anna.conversations.direct(await personId(bert));
  await bert.synced();
  for (const one of [anna, bert]) {
    const names = async (): Promise<string[]> => ((await one.conversations.get(conversation))?.members ?? []).map(({ handle, name }) => `${name} @${handle}`).sort();
    await until(one, async () => (await names()).length === 2);
    assert.deepEqual(await names(), ['anna @anna', 'bert @bert']);
    assert.ok((await one.conversations.list()).every(({ members }) => members.every(({ name }) => name !== '')));
  }
});

test('[REP6] a group tells who came and went and what it was called; leaving it from two devices leaves nothing behind [OUT11]', async () => {
  await using place = await town();
  const store = memoryStore();
  const anna = await place.person('anna');
  const bert = await place.person('bert', { store });
  await anna.synced();
  const [a, b] = [await personId(anna), await personId(bert)];
  const group = await anna.conversations.createGroup({ title: 'Choir', members: [b] });
  const tablet = await place.device();
  await signInToo(tablet, bert, 'tablet');
  await tablet.start();
  await until(tablet, async () => (await tablet.conversations.get(group)) !== null);
  await until(bert, async () => (await bert.conversations.get(group)) !== null);
  await anna.conversations.rename(group, 'Small choir');
  await until(bert, async () => (await bert.conversations.get(group))?.title === 'Small choir');
  await Promise.all([bert.conversations.leave(group), tablet.conversations.leave(group)]);
  await Promise.all([bert.settled(), tablet.settled()]);
  assert.deepEqual(await store.list({ from: 'o/row/', to: 'o/row0' }), []);
  await until(anna, async () => (await anna.conversations.changes(group)).some(({ change }) => change.what === 'left'));
  const told = (await anna.conversations.changes(group)).filter(({ seq }) => seq !== null).map(({ by, change }) => [by, change]);
  assert.deepEqual(told, [[a, { what: 'created' }], [a, { what: 'titled', title: 'Small choir' }], [b, { what: 'left' }]]);
  const titled = (await anna.conversations.changes(group)).find(({ change }) => change.what === 'titled');
  assert.deepEqual((await anna.conversations.changes(group, { from: (titled?.seq ?? 0) + 1 })).map(({ change }) => change.what), ['left']);
});

test('[OUT13] what waits to be said or changed in a group that another device left is set aside with the reason, also when its key was renewed since', async () => {
  await using place = await town();
  const store = memoryStore();
  const [anna, bert, cleo] = [await place.person('anna'), await place.person('bert', { store }), await place.person('cleo')];
  await anna.synced();
  const group = await anna.conversations.createGroup({ title: 'Choir', members: [await personId(bert)] });
  await anna.settled();
  const tablet = await place.device();
  await signInToo(tablet, bert, 'tablet');
  await tablet.start();
  await until(tablet, async () => (await tablet.conversations.get(group)) !== null);
  await until(bert, async () => (await bert.conversations.get(group)) !== null);
  await bert.synced();
  await anna.conversations.promote(group, await personId(bert));
  await until(bert, async () => (await bert.conversations.get(group))?.members.every(({ role }) => role === 'owner') === true);
  await bert[Symbol.asyncDispose]();

  const [locks, heard] = [memoryLocks(), Promise.withResolvers<void>()];
  const later = await place.device({ store, locks });
  await later.conversations.add(group, [await personId(cleo)]);
  const id = await say(later, group);
  await tablet.conversations.leave(group);
  await tablet.settled();
  await say(anna, group);
  await anna.settled();

  // It hears of all that before its turn comes to send.
  const held = locks.hold(`outbox/${group}`, () => heard.promise);
  await later.start();
  await later.synced();
  heard.resolve();
  await held;
  await later.settled();
  await until(later, async () => (await later.messages.get(id))?.state.at === 'set-aside');
  const rows = (await store.list({ from: 'o/row/', to: 'o/row0' })).map(([, value]) => (value as OutboxRow).state);
  assert.deepEqual(rows.map((state) => state.at === 'set-aside' && state.code), ['not-found', 'not-found']);
});

test('[REP9] where and how fast a person listens follows to her other devices; without a network it waits as one event', async () => {
  await using place = await town();
  const store = memoryStore();
  const anna = await place.person('anna');
  const bert = await place.person('bert', { store });
  await anna.synced();
  const conversation = await anna.conversations.direct(await personId(bert));
  const id = await say(anna, conversation);
  const tablet = await place.device();
  await signInToo(tablet, bert, 'tablet');
  await tablet.start();
  await until(bert, async () => (await bert.messages.get(id))?.here === true);
  await until(tablet, async () => (await tablet.messages.get(id))?.here === true);
  await bert.listening.keepPlace(id, 0.5);
  await until(tablet, async () => (await tablet.messages.get(id))?.place === 0.5);
  await bert.listening.keepSpeed(await personId(anna), 1.5);
  await bert.settled();
  await tablet.synced();
  assert.equal(await tablet.listening.speed(await personId(anna)), 1.5);

  await place.stopServer();
  for (const seconds of [0.6, 0.7, 0.8]) await bert.listening.keepPlace(id, seconds);
  await bert.listening.keepSpeed(await personId(anna), 2);
  const waiting = await store.list({ from: 'o/row/', to: 'o/row0' });
  assert.ok(waiting.length <= 2, 'one that may have left, and one for all the rest');
  assert.equal((await bert.messages.list(conversation))[0]?.place, 0.8);
  await place.startServer();
  await bert.outgoing.tryNow();
  await tablet.outgoing.tryNow();
  await until(tablet, async () => (await tablet.messages.get(id))?.place === 0.8 && (await tablet.listening.speed(await personId(anna))) === 2);
  await tablet.listening.keepPlace(id, 0);
  await until(bert, async () => (await bert.messages.get(id))?.place === 0);
});

test('[REP4] notes to oneself', async () => {
  await using place = await town();
  const anna = await place.person('anna');
  const notes = await anna.conversations.direct(await personId(anna));
  const id = await say(anna, notes);
  await anna.outgoing.stored(id);
  const conversation = await anna.conversations.get(notes);
  assert.equal(conversation?.kind, 'self');
  assert.equal(conversation?.unheard, 0);
});

test('[ACC1] signing out destroys the replica and keeps what was not sent for its owner; nobody else sees or sends it', async () => {
  await using place = await town();
  const store = memoryStore();
  const anna = await place.person('anna', { store });
  const bert = await place.person('bert');
  await anna.synced();
  const conversation = await anna.conversations.direct(await personId(bert));
  await anna.outgoing.stored(await say(anna, conversation));
  const growing = await anna.outgoing.begin({ take: makeId(systemRandom), conversation });
  await growing.append(packets(200, 8));
  const code = (await anna.account.recoveryCode()) ?? '';
  await anna.account.signOut();
  assert.equal(await anna.account.current(), null);
  assert.deepEqual((await store.list({ from: 'r/', to: 'r0' })), []);
  assert.deepEqual(await store.list({ from: 'k/', to: 'k0' }), []);
  assert.deepEqual(await store.list({ from: 'o/row/', to: 'o/row0' }), []);
  assert.equal((await store.list({ from: 'kept/', to: 'kept0' })).length, 1);

  const invitation = (await bert.people.invite()).secret;
  await anna.account.join({ invitation, handle: 'cleo', name: 'Cleo', password: 'a long password', deviceName: 'shared' });
  assert.equal(await anna.outgoing.reopen(growing.take), null);
  assert.deepEqual(await anna.messages.list(conversation), []);
  await anna.account.signOut();

  await signInAgain(anna, 'anna', code, 'back');
  const again = await anna.outgoing.reopen(growing.take);
  assert(again);
  await again.append(packets(200, 8).slice(again.packets));
  await again.send(details(200));
  await anna.outgoing.stored(growing.take);
});

test('[KEPT5] the secret of what somebody keeps outside of the store goes when she signs out, is nobody else’s, and is hers again', async () => {
  await using place = await town();
  const store = memoryStore();
  const anna = await place.person('anna', { store });
  const bert = await place.person('bert');
  const [secret, same] = await Promise.all([anna.account.ownSecret(), anna.account.ownSecret()]);
  assert.equal(secret.length, 32);
  assert.deepEqual(secret, same);
  const code = (await anna.account.recoveryCode()) ?? '';
  await anna.account.signOut();
  await assert.rejects(anna.account.ownSecret(), { code: 'session.missing' });
  for (const [, value] of await store.list({ from: '', to: '\uffff' })) assert(!(value instanceof Uint8Array) || !Buffer.from(value).includes(Buffer.from(secret)));
  await anna.account.join({ invitation: (await bert.people.invite()).secret, handle: 'cleo', name: 'Cleo', password: 'a long password', deviceName: 'shared' });
  assert.notDeepEqual(await anna.account.ownSecret(), secret);
  await anna.account.signOut();
  await anna.account.signIn({ handle: 'anna', password: 'password of anna', deviceName: 'back' });
  await assert.rejects(anna.account.ownSecret(), { code: 'device.locked' });
  await anna.account.unlock({ recoveryCode: code });
  assert.deepEqual(await anna.account.ownSecret(), secret);
});

test('[ACC2] a revoked device says so, keeps its unsent messages, and sends them after signing in again', async () => {
  await using place = await town();
  const store = memoryStore();
  const anna = await place.person('anna', { store });
  const bert = await place.person('bert');
  await anna.synced();
  const conversation = await anna.conversations.direct(await personId(bert));
  await anna.outgoing.stored(await say(anna, conversation));
  const other = await place.device();
  await signInToo(other, anna, 'other');
  const code = (await anna.account.recoveryCode()) ?? '';
  const device = (await anna.account.current())?.device ?? '';
  const growing = await anna.outgoing.begin({ take: makeId(systemRandom), conversation });
  await growing.append(packets(100, 4));
  await other.account.revokeDevice(device);
  await until(anna, async () => (await anna.account.current()) === null && (await store.list({ from: 'k/', to: 'k0' })).length === 0);
  await assert.rejects(anna.account.me(), fails('session.missing'));
  assert.deepEqual(await store.list({ from: 'r/', to: 'r0' }), []);
  await assert.rejects(growing.send(details(100)), fails('not-found'));
  await signInAgain(anna, 'anna', code, 'again');
  const again = await anna.outgoing.reopen(growing.take);
  await again?.append(packets(100, 4).slice(again.packets));
  await again?.send(details(100));
  await anna.outgoing.stored(growing.take);
});

test('[ACC3] a deleted account has left its groups', async () => {
  await using place = await town();
  const anna = await place.person('anna');
  const bert = await place.person('bert');
  await anna.synced();
  const b = await personId(bert);
  const group = await anna.conversations.createGroup({ title: 'Two', members: [b] });
  await until(bert, async () => (await bert.conversations.get(group)) !== null);
  await bert.account.deleteAccount({ handle: 'bert', password: 'password of bert' });
  assert.equal(await bert.account.current(), null);
  await until(anna, async () => (await anna.conversations.get(group))?.members.find(({ person }) => person === b)?.active === false);
});

test('[ACC1] what is recorded in another window while she signs out is hers again when she is back, to the last record', async () => {
  await using place = await town();
  const inner = memoryStore();
  let beside: (() => Promise<void>) | null = null;
  const list: Store['list'] = async (range) => {
    const found = await inner.list(range);
    if (range.from === 'o/row/' && beside !== null) {
      const go = beside;
      beside = null;
      await go();
    }
    return found;
  };
  const anna = await place.person('anna', { store: { ...inner, list } });
  const code = (await anna.account.recoveryCode()) ?? '';
  const bert = await place.person('bert');
  await anna.synced();
  const conversation = await anna.conversations.direct(await personId(bert));
  await anna.settled();
  const window = await place.device({ store: inner });
  const begun = async (): Promise<OutgoingTake> => await window.outgoing.begin({ take: makeId(systemRandom), conversation });
  const [first, second] = [await begun(), await begun()];
  await first.append(packets(200, 8));
  beside = async () => {
    await first.append(packets(300, 9));
    await second.append(packets(300, 10));
  };
  await anna.account.signOut();
  assert.equal(beside, null);
  assert.deepEqual(await inner.list({ from: 'o/row/', to: 'o/row0' }), []);
  await signInAgain(anna, 'anna', code, 'back');
  for (const [take, spoken] of [[first, [...packets(200, 8), ...packets(300, 9)]], [second, packets(300, 10)]] as const) {
    const again = await anna.outgoing.reopen(take.take);
    assert(again !== null && again.packets > spoken.length - 100, String(again?.packets));
    await again.append(spoken.slice(again.packets));
    await anna.outgoing.stored(await again.send(details(spoken.length)));
  }
});
