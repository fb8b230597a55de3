import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { systemClock, type Clock } from '@earshot/base/clock.ts';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import { createEarshot } from '@earshot/client/create.ts';
import { memoryLocks } from '@earshot/client/locks/memory.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { httpTransport } from '@earshot/client/transports/http-transport.node.ts';
import type { FailureCode } from '@earshot/protocol/failures.ts';
import { openOperator } from '@earshot/server/operator.ts';
import { join } from 'node:path';
import { FaultyLink } from '@earshot/faults/link.node.ts';
import { type Meddler, Middlebox } from '@earshot/faults/middlebox.node.ts';
import { details, packets, personId, town, type Town, until } from './town.ts';

const portal: Meddler = () => ({ do: 'answer', status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Welcome to the hotel</html>' });

/** A device behind a middlebox, of somebody who has an account here. */
async function behind(t: TestContext, place: Town, parts: { readonly clock?: Clock } = {}): Promise<{ anna: Earshot; box: Middlebox; conversation: string }> {
  const box = await Middlebox.open(place.origin);
  const anna = await createEarshot({
    store: memoryStore(), locks: memoryLocks(), clock: systemClock, random: systemRandom, ...parts,
    transport: httpTransport({ server: box.origin }),
  });
  t.after(async () => {
    await anna[Symbol.asyncDispose]();
    await box[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });
  await anna.account.join({ invitation: await place.invitation(), handle: 'anna', name: 'Anna', deviceName: 'test' });
  await anna.start();
  await anna.synced();
  return { anna, box, conversation: await anna.conversations.direct(await personId(anna)) };
}

async function speak(anna: Earshot, conversation: string): Promise<string> {
  const take = makeId(systemRandom);
  const growing = await anna.outgoing.begin({ take, conversation });
  await growing.append(packets(100));
  await growing.send(details(100));
  return take;
}

const waitingFor = async (anna: Earshot, message: string): Promise<FailureCode | null> => {
  const state = (await anna.messages.get(message))?.state;
  return state?.at === 'sending' ? (state.waiting?.code ?? null) : null;
};

/** What a message waits for comes to be told by this code, and once the way is free it goes out. */
async function told(anna: Earshot, conversation: string, box: Middlebox, code: FailureCode): Promise<void> {
  const message = await speak(anna, conversation);
  await until(anna, async () => (await waitingFor(anna, message)) === code);
  box.meddle = () => ({ do: 'pass' });
  await anna.outgoing.tryNow();
  await anna.outgoing.stored(message);
}

for (const [name, meddle, code] of [
  ['a sign-in page', portal, 'network.portal'],
  // Read as UTF-8 it is no text at all.
  ['a sign-in page in an old encoding', () => ({ do: 'answer', status: 200, headers: { 'content-type': 'text/html; charset=iso-8859-1' }, body: Buffer.from('<html>Zugang zum Café</html>', 'latin1') }), 'network.portal'],
  ['a redirect', () => ({ do: 'answer', status: 302, headers: { location: 'http://portal.example/' } }), 'network.portal'],
  ['an error page', () => ({ do: 'answer', status: 403, headers: { 'content-type': 'text/html' }, body: '<h1>Blocked</h1>' }), 'network.foreign'],
  ['a gateway without a server', () => ({ do: 'answer', status: 502, body: 'Bad Gateway' }), 'server.down'],
  ['connections that break', () => ({ do: 'drop' }), 'network.unreachable'],
  ['a filter of content', ({ method }) => (method === 'GET' || method === 'UPGRADE' ? { do: 'pass' } : { do: 'answer', status: 403, headers: { 'content-type': 'text/html' }, body: '<h1>Blocked</h1>' }), 'network.filtered'],
  ['a filter that breaks', ({ method }) => (method === 'GET' || method === 'UPGRADE' ? { do: 'pass' } : { do: 'drop' }), 'network.filtered'],
] satisfies readonly (readonly [string, Meddler, FailureCode])[]) {
  test(`[REACH2] ${name}: what waits says ${code}, and goes when the way is free`, { timeout: 300_000 }, async (t) => {
    const place = await town();
    const { anna, box, conversation } = await behind(t, place);
    box.meddle = meddle;
    await told(anna, conversation, box, code);
  });
}

test('[REACH2] a blocked WebSocket is a filter, and nothing else is held up by it', { timeout: 300_000 }, async (t) => {
  const place = await town();
  const { anna, box, conversation } = await behind(t, place);
  box.meddle = ({ method }) => (method === 'UPGRADE' ? { do: 'answer', status: 403 } : { do: 'pass' });
  assert.deepEqual(await anna.obstacle(), { code: 'network.filtered', evidence: { stopped: 'socket' } });
  await anna.outgoing.stored(await speak(anna, conversation));
});

test('[REACH2] a black hole is a connection that stands still', { timeout: 300_000 }, async () => {
  await using place = await town();
  await using link = await FaultyLink.open(place.origin);
  await using anna = await createEarshot({
    store: memoryStore(), locks: memoryLocks(), clock: systemClock, random: systemRandom,
    transport: httpTransport({ server: link.origin, stallTimeout: 5_000 }),
  });
  assert.equal(await anna.obstacle(), null);
  link.shape({ blackHole: true });
  assert.equal((await anna.obstacle())?.code, 'network.stalled');
});

test('[REACH2] a server that was stopped is the server, not the network', { timeout: 300_000 }, async () => {
  await using place = await town();
  const anna = await place.person('anna');
  const conversation = await anna.conversations.direct(await personId(anna));
  await place.stopServer();
  const message = await speak(anna, conversation);
  await until(anna, async () => (await waitingFor(anna, message)) === 'server.down' && anna.connection.reason?.code === 'server.down');
  await place.startServer();
  await anna.outgoing.tryNow();
  await anna.outgoing.stored(message);
});

test('[REACH3] a server in trouble says so itself: not you, us', { timeout: 300_000 }, async (t) => {
  const place = await town();
  const { anna } = await behind(t, place);
  await using operator = openOperator(join(place.dir, 'data'));
  await operator.announce('The disk is being changed.');
  const obstacle = await anna.obstacle();
  assert.deepEqual([obstacle?.code, obstacle?.evidence['incident']], ['server.incident', 'server.announced']);
});

test('[REACH3] a clock that is wrong is told from the server’s, and sends all the same', { timeout: 300_000 }, async (t) => {
  const place = await town();
  const clock: Clock = { ...systemClock, now: () => systemClock.now() - 86_400_000 };
  const { anna, conversation } = await behind(t, place, { clock });
  assert.equal((await anna.obstacle())?.code, 'device.clock');
  await anna.outgoing.stored(await speak(anna, conversation));
});
