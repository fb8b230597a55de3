import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupLogId, type LoggedEvent } from '@earshot/protocol/envelope.ts';
import { anySealed } from '../testing/keys.ts';
import { type Caller, newId, startWorld } from '../testing/world.ts';

const grantsFor = (people: readonly Caller[]) => people.map(({ person }) => ({ person, account: 1, sealed: anySealed() }));
const grantIn = async (who: Caller, log: string, seq: number): Promise<LoggedEvent['grant'] | undefined> =>
  (await who.call('GET', `/v1/logs/${log}/events`)).json.events.find((event) => event.seq === seq)?.grant;

test('[GEN1] an event that begins a key generation carries a key for each member after it; each reader gets her own, wherever she gets the event', async (t) => {
  const world = await startWorld(t);
  const [alice, bob, carol] = [await world.join('alice'), await world.join('bob'), await world.join('carol')];
  const id = newId();
  const log = await groupLogId(id);
  const create = alice.envelope(log, { id, class: 'create', membership: { kind: 'group', add: [bob.person] } });
  using live = await bob.live();
  const grants = grantsFor([alice, bob]);
  for (const wrong of [[], grants.slice(0, 1), [...grants, ...grantsFor([carol])], undefined]) assert.equal((await alice.post(create, 'x', wrong ?? [])).code, 'key.behind');
  assert.equal((await alice.post(create, 'x', [...grants, ...grants])).code, 'request.invalid');
  assert.equal((await alice.post({ ...create, generation: 2 }, 'x', grants)).code, 'key.behind');
  assert.equal((await alice.post(create, 'x', grants)).status, 200);
  const own = { account: 1, sealed: grants[1]?.sealed };
  assert.deepEqual(await grantIn(bob, log, 1), own);
  assert.deepEqual(((await live.frame('event'))['event'] as LoggedEvent).grant, own);
  assert.deepEqual((await bob.call('POST', '/v1/sync', { have: {} })).json.logs[0]?.events[0]?.grant, own);
  assert.equal((await grantIn(alice, log, 1))?.sealed, grants[0]?.sealed);

  const added = grantsFor([alice, bob, carol]);
  assert.equal((await alice.post(alice.envelope(log, { class: 'members', membership: { add: [carol.person] } }), 'x', added)).status, 200);
  assert.equal((await grantIn(carol, log, 2))?.sealed, added[2]?.sealed);
  // Who is removed sees it happen, and gets no key.
  assert.equal((await alice.post(alice.envelope(log, { class: 'members', membership: { remove: [carol.person] } }))).status, 200);
  assert.equal(await grantIn(carol, log, 3), null);
  assert.notEqual(await grantIn(bob, log, 3), null);
  assert.deepEqual((({ generation, due }) => [generation, due])((await bob.call('GET', '/v1/logs')).json.logs[0] ?? assert.fail()), [3, false]);
});

test('[GEN2] what begins no generation names the one in force and brings no keys', async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const log = await alice.group([bob.person]);
  for (const kind of ['message', 'signal'] as const) {
    for (const generation of [2, 3]) assert.equal((await bob.post(bob.envelope(log, { class: kind, generation }))).json.error.evidence['generation'], 1);
    assert.equal((await bob.post(bob.envelope(log, { class: kind }), 'x', grantsFor([alice, bob]))).code, 'request.invalid');
    assert.equal((await bob.post(bob.envelope(log, { class: kind }))).status, 200);
  }
  assert.equal((await alice.post(alice.envelope(log, { class: 'members', membership: { promote: [bob.person] } }))).status, 200, 'who is there stays');
  assert.equal((await bob.post(bob.envelope(log, { class: 'key', membership: { add: [alice.person] } }))).code, 'request.invalid');
  assert.equal((await bob.post(bob.envelope(log, { class: 'key' }))).status, 200);
  assert.equal((await alice.post(alice.envelope(log, { generation: 1 }))).code, 'key.behind');
});

test('[GEN3] of two that begin the same generation one does', async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const log = await alice.direct(bob.person);
  const answers = await Promise.all([alice, bob].map((who) => who.post(who.envelope(log, { class: 'key', generation: 2 }))));
  assert.deepEqual(answers.map(({ code }) => code ?? 'done').toSorted((a, b) => (a < b ? -1 : 1)), ['done', 'key.behind']);
});

test('[GEN4] after somebody left nothing is said until a new generation has begun', async (t) => {
  const world = await startWorld(t);
  const [alice, bob, carol] = [await world.join('alice'), await world.join('bob'), await world.join('carol')];
  const log = await alice.group([bob.person, carol.person]);
  const before = bob.envelope(log);
  assert.equal((await bob.post(before)).status, 200);
  assert.equal((await carol.post(carol.envelope(log, { class: 'members', membership: { remove: [carol.person] } }))).status, 200);
  assert.equal((await alice.call('GET', '/v1/logs')).json.logs[0]?.due, true);
  assert.equal((await bob.post(bob.envelope(log))).code, 'key.due');
  assert.equal((await bob.post(bob.envelope(log, { class: 'signal' }))).code, 'key.due');
  assert.equal((await bob.post(before)).status, 200, 'what is there already is there');
  assert.equal((await bob.post(bob.envelope(log, { class: 'remove', refers: [before.id] }))).status, 200, 'taking back never waits');
  assert.equal((await bob.post(bob.envelope(log, { class: 'key' }), 'x', grantsFor([alice, bob, carol]))).json.error.evidence['surplus'], carol.person);
  assert.equal((await bob.post(bob.envelope(log, { class: 'key' }))).status, 200);
  assert.equal((await bob.post(bob.envelope(log))).status, 200);
  assert.equal((await alice.call('GET', '/v1/logs')).json.logs[0]?.due, false);
});
