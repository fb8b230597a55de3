import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoggedEvent } from '@earshot/protocol/envelope.ts';
import { openOperator } from '../operator.ts';
import type { Ports } from '../ports.ts';
import { RudePeer } from '../testing/rude-peer.ts';
import { startWorld } from '../testing/world.ts';
import { Hub } from './hub.ts';

test('[LIVE1] every device of every member is told of an event, the sender’s too', async (t) => {
  const world = await startWorld(t);
  const [alice, bob, eve] = [await world.join('alice'), await world.join('bob'), await world.join('eve')];
  const log = await alice.direct(bob.person);
  using first = await bob.live();
  using second = await bob.live();
  using own = await alice.live();
  using other = await eve.live();
  const posted = await alice.post(alice.envelope(log));
  for (const live of [first, second, own]) {
    const frame = await live.frame('event');
    assert.equal(frame['log'], log);
    assert.deepEqual(frame['event'], (await bob.call('GET', `/v1/logs/${log}/events?after=${posted.json.seq - 1}`)).json.events[0]);
  }
  other.socket.send('{"type":"ping"}');
  const now = Number((await other.frame('pong'))['now']);
  assert.ok(Math.abs(now - Date.now()) < 60_000, 'with what the clock shows');
  assert.equal(other.frames.length, 0);
});

test('[LIVE2] frames that are too large or no frames close the connection with a code', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  for (const [frame, code] of [['{', 1007], ['{"type":"else"}', 1007], [Buffer.from([1]), 1007], ['x'.repeat(5000), 1009]] as const) {
    using live = await alice.live();
    live.socket.send(frame);
    assert.equal(await live.closed, code, String(frame).slice(0, 20));
  }
});

test('[LIVE3] a device has so many connections: the oldest makes room', async (t) => {
  const world = await startWorld(t, { limits: { connectionsPerDevice: 2 } });
  const alice = await world.join('alice');
  using first = await alice.live();
  using second = await alice.live();
  using third = await alice.live();
  assert.equal(await first.closed, 4429);
  second.socket.send('{"type":"ping"}');
  await second.frame('pong');
  third.socket.send('{"type":"ping"}');
  await third.frame('pong');
});

test('[LIVE3] it has no more where its peers never answer the goodbye, and those that made room are cut off', { timeout: 300_000 }, async (t) => {
  const world = await startWorld(t, { limits: { connectionsPerDevice: 2 } });
  const alice = await world.join('alice');
  const peers: RudePeer[] = [];
  for (let round = 0; round < 6; round += 1) peers.push(await RudePeer.open(alice));
  t.after(() => peers.forEach((peer) => peer[Symbol.dispose]()));
  for (const peer of peers.slice(0, 4)) assert.equal(await peer.goodbye, 4429);
  for (const peer of peers.slice(0, 4)) await peer.gone;
  for (const peer of peers.slice(4)) await peer.answers();
});

test('[LIVE4] who does not read is let go instead of being waited for', async (t) => {
  const world = await startWorld(t, { limits: { unsentBytes: 20_000 } });
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const log = await alice.direct(bob.person);
  using live = await bob.live();
  live.socket.pause();
  let sent = 0;
  const gone = live.closed.then(() => true);
  // What the system buffers by itself has to be filled first.
  for (let round = 0; round < 400; round += 1) {
    await alice.post(alice.envelope(log), new Uint8Array(60_000));
    sent += 1;
  }
  live.socket.resume();
  assert.equal(await gone, true);
  assert.ok(live.frames.length < sent, `${live.frames.length} of ${sent}`);
});

test('[LIVE4] who asks again and again and reads no answer gets one for all that waits', { timeout: 300_000 }, async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const log = await alice.direct(bob.person);
  using watching = await alice.live();
  using live = await bob.live();
  live.socket.pause();
  let pongs = 0;
  live.socket.on('pong', () => (pongs += 1));
  // More than the system buffers by itself.
  const [large, small] = [200_000, 2_000];
  for (let asked = 0; asked < large; asked += 1) live.socket.ping(Buffer.alloc(125));
  for (let asked = 0; asked < small; asked += 1) live.socket.send('{"type":"ping"}');
  live.socket.send(JSON.stringify({ type: 'cursor', log, delivered: 1 }));
  // By then the server has read all that was asked before.
  await watching.frame('cursor', ({ person }) => person === bob.person);
  live.socket.resume();
  // Whoever reads again is answered again.
  for (const tries = live.frames.length; live.frames.length === tries; ) {
    live.socket.send('{"type":"ping"}');
    await new Promise((resolve) => void setTimeout(resolve, 20));
  }
  assert.ok(pongs < large, `${pongs} of ${large}`);
  assert.ok(live.frames.length < small, `${live.frames.length} of ${small}`);
});

test('[LIVE5] a request that waits is answered at once with what is new, else with what happens meanwhile, at its time at the latest', async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const log = await alice.direct(bob.person);
  const first = await bob.call('POST', '/v1/sync', { have: {}, wait: 10_000 });
  assert.ok(first.json.logs.some(({ events }) => events.length > 0));
  assert.deepEqual(first.json['frames'], [], 'nothing happened while it was looked');

  const have = Object.fromEntries(first.json.logs.map((one) => [one.log.id, one.log.head]));
  const waiting = bob.call('POST', '/v1/sync', { have, wait: 10_000 });
  // Asked behind it on the same server: by then it listens, or finds the event at once.
  await bob.call('GET', '/v1/me');
  await alice.post(alice.envelope(log));
  const told = await waiting;
  const events = [...told.json.logs.flatMap((one) => one.events), ...((told.json['frames'] ?? []) as { event: LoggedEvent }[]).map(({ event }) => event)];
  // What happens while it is looked may be found, and told as well.
  assert.equal(new Set(events.map(({ seq }) => seq)).size, 1);

  have[log] = (have[log] ?? 0) + 1;
  const nothing = await bob.call('POST', '/v1/sync', { have, wait: 50 });
  assert.deepEqual(nothing.json['frames'], []);
  assert.equal((await bob.call('POST', '/v1/sync', { have, wait: 10_001 })).code, 'limit.reached');
});

test('[LIVE5] a waiting request counts as a connection and ends with the session', async (t) => {
  const world = await startWorld(t, { limits: { connectionsPerDevice: 1 } });
  const alice = await world.join('alice');
  using live = await alice.live();
  const have = {};
  const waiting = alice.call('POST', '/v1/sync', { have, wait: 10_000 });
  assert.equal(await live.closed, 4429);
  await alice.call('DELETE', '/v1/sessions/current');
  assert.deepEqual([(await waiting).status, (await waiting).code], [401, 'session.revoked']);
});

test('[SES5] [LIVE5] a waiting request whose session the operator ended says that, and not that it was revoked', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  const waiting = alice.call('POST', '/v1/sync', { have: {}, wait: 10_000 });
  await using operator = openOperator(world.dataDir);
  // Long enough for the request to be waiting.
  await new Promise((resolve) => void setTimeout(resolve, 300));
  await operator.disable('alice', true);
  assert.equal((await waiting).code, 'account.disabled');
});

test('[SES4] a connection whose session ended while it was being let in is closed, though nobody told it', async () => {
  const closed: [string, number][] = [];
  const store = { devices: { ended: async (devices: readonly string[]) => devices.filter((device) => device === 'revoked') } };
  const hub = new Hub({ store, limits: { connectionsPerDevice: 3 }, fanout: { subscribe: () => () => undefined } } as unknown as Ports, undefined as never);
  for (const device of ['revoked', 'other']) hub.add({ person: 'ada', device, send: () => undefined, close: (code) => void closed.push([device, code]) });
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(closed, [['revoked', 4401]]);
});
