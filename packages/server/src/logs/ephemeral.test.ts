import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { Envelope, LoggedEvent } from '@earshot/protocol/envelope.ts';
import type { DeviceGrant } from '@earshot/protocol/keys.ts';
import { anySealed } from '../testing/keys.ts';
import { prekeyOf } from '../testing/prekeys.ts';
import { PASSWORD, secondDevice } from '../testing/second-device.ts';
import { type Caller, type JsonAnswer, newId, startWorld } from '../testing/world.ts';

const seedFor = (device: string): DeviceGrant => ({ device, prekey: 1, sealed: anySealed() });
const begin = (who: Caller, envelope: Envelope, deviceGrants?: readonly unknown[]): Promise<JsonAnswer> =>
  who.call('POST', `/v1/logs/${envelope.log}/events`, { envelope, body: 'AA', ...(deviceGrants && { deviceGrants }) });
const eventIn = async (who: Caller, log: string, seq: number): Promise<LoggedEvent | undefined> =>
  (await who.call('GET', `/v1/logs/${log}/events`)).json.events.find((event) => event.seq === seq);

test('[SEED1] each device is given its own seed of a chain, wherever it gets the event, and is told when there is none', async (t) => {
  const world = await startWorld(t);
  const [alice, bob, carol, eve] = [await world.join('alice'), await world.join('bob'), await world.join('carol'), await world.join('eve')];
  const log = await alice.group([bob.person, carol.person]);
  using toBob = await bob.live();
  using toCarol = await carol.live();
  const seeds = [alice, bob, eve].map(({ device }) => seedFor(device));
  const envelope = alice.envelope(log, { class: 'chain' });
  const posted = await begin(alice, envelope, seeds);
  assert.equal(posted.status, 200);
  const { seq } = posted.json;
  const isEvent = (frame: { readonly [field: string]: unknown }): boolean => (frame['event'] as LoggedEvent).seq === seq;
  for (const [who, own, live] of [[alice, seeds[0], null], [bob, seeds[1], toBob], [carol, null, toCarol]] as const) {
    assert.deepEqual((await eventIn(who, log, seq))?.deviceGrant, own);
    const synced = (await who.call('POST', '/v1/sync', { have: { [log]: seq - 1 } })).json.logs.find((one) => one.log.id === log);
    assert.deepEqual(synced?.events[0]?.deviceGrant, own);
    if (live) assert.deepEqual(((await live.frame('event', isEvent))['event'] as LoggedEvent).deviceGrant, own);
  }
  // Repeated, it finds what it did, whatever comes beside it.
  assert.equal((await begin(alice, envelope, [])).json.seq, seq);
  assert.deepEqual((await eventIn(bob, log, seq))?.deviceGrant, seeds[1]);
  assert.equal('deviceGrant' in ((await eventIn(bob, log, 1)) ?? {}), false, 'with nothing else it is spoken of');

  // Who comes later reads the event, and opens nothing; not even where somebody had thought of her.
  assert.equal((await alice.post(alice.envelope(log, { class: 'members', membership: { add: [eve.person] } }))).status, 200);
  assert.equal(await eventIn(eve, log, seq), undefined);
  const database = new DatabaseSync(`${world.dataDir}/earshot.db`);
  assert.deepEqual(database.prepare('SELECT device FROM device_granted ORDER BY rowid').all().map(({ device }) => device), [alice.device, bob.device]);
  database.close();
});

test('[SEED1] two devices of one person are told each its own, also over open connections', async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice'), await world.join('bob', { password: PASSWORD })];
  const log = await alice.direct(bob.person);
  const { caller, device } = await secondDevice(bob, 'bob');
  using first = await bob.live();
  using second = await caller.live();
  const seeds = [bob.device, device.id].map(seedFor);
  assert.equal((await begin(alice, alice.envelope(log, { class: 'chain' }), seeds)).status, 200);
  for (const [at, live] of [first, second].entries()) assert.deepEqual(((await live.frame('event'))['event'] as LoggedEvent).deviceGrant, seeds[at]);
});

test('[SEED2] a chain begins under the generation in force and no older one, and not before a key that is due', async (t) => {
  const world = await startWorld(t);
  const [alice, bob, carol] = [await world.join('alice'), await world.join('bob'), await world.join('carol')];
  const log = await alice.group([bob.person, carol.person]);
  assert.equal((await begin(alice, alice.envelope(log, { class: 'chain', generation: 2 }), [])).code, 'key.behind');
  await carol.post(carol.envelope(log, { class: 'members', membership: { remove: [carol.person] } }));
  assert.equal((await begin(alice, alice.envelope(log, { class: 'chain' }), [])).code, 'key.due');
  await alice.post(alice.envelope(log, { class: 'key' }));
  assert.equal((await begin(alice, alice.envelope(log, { class: 'chain', generation: 1 }), [])).code, 'key.behind');
  assert.equal((await begin(alice, alice.envelope(log, { class: 'chain' }), [])).status, 200);
  assert.equal((await begin(carol, carol.envelope(log, { class: 'chain' }), [])).code, 'not-found');
});

test('[SEED2] a chain is about nothing and cannot be taken back, kept or asked for; seeds and steps come with nothing else', async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const log = await alice.direct(bob.person);
  const said = alice.envelope(log);
  await alice.post(said);
  const field = async (envelope: Envelope, deviceGrants?: readonly unknown[]): Promise<unknown> => {
    const { code, json } = await begin(alice, envelope, deviceGrants);
    return code === 'request.invalid' ? json.error.evidence['field'] : code;
  };
  const seed = seedFor(bob.device);
  assert.equal(await field(alice.envelope(log, { class: 'chain', refers: [said.id] }), []), 'envelope.refers');
  assert.equal(await field(alice.envelope(log, { class: 'chain', blobs: [await alice.upload(new Uint8Array(9))] }), []), 'envelope.blobs');
  assert.equal(await field(alice.envelope(log, { class: 'chain', expiry: { heard: 5 } }), []), 'envelope.expiry');
  assert.equal(await field(alice.envelope(log, { class: 'chain' }), [seed, seed]), 'deviceGrants');
  assert.equal(await field(alice.envelope(log, { class: 'chain' }), [{ ...seed, sealed: 'short' }]), 'deviceGrants.0.sealed');
  assert.equal(await field(alice.envelope(log), [seed]), 'deviceGrants');
  const ephemeral = { chain: newId(), step: 0 };
  for (const kind of ['message', 'signal', 'chain'] as const) assert.equal(await field(alice.envelope(log, { class: kind, ephemeral })), 'envelope.ephemeral', kind);
  assert.equal(await field(alice.envelope(log, { ephemeral: { ...ephemeral, step: -1 }, expiry: { heard: 5 } })), 'envelope.ephemeral.step');
  assert.equal(await field(alice.envelope(log, { ephemeral, expiry: { heard: 5 } })), undefined);

  const chain = alice.envelope(log, { class: 'chain' });
  assert.equal((await begin(alice, chain, [seed])).status, 200);
  for (const kind of ['remove', 'restore', 'keep', 'heard', 'ask', 'answer'] as const) assert.equal(await field(alice.envelope(log, { class: kind, refers: [chain.id] })), 'envelope.refers', kind);
});

test('[SEED2] more seeds than one event may bring are refused by the limit’s name', async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const log = await alice.direct(bob.person);
  const { code, json } = await begin(alice, alice.envelope(log, { class: 'chain' }), Array.from({ length: 1_025 }, () => seedFor(newId())));
  assert.deepEqual([code, json.error.evidence], ['limit.reached', { limit: 'deviceGrantsPerEvent', allowed: 1_024, seen: 1_025 }]);
});

test('[SEED3] a seed for a prekey that another has followed is refused; who posts again what came before that is answered as then', async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const log = await alice.direct(bob.person);
  const [device] = bob.chain?.devices ?? [];
  assert.ok(device);
  const publish = async (number: number): Promise<void> => assert.equal((await bob.call('PUT', '/v1/prekey', prekeyOf(device, number))).status, 200);
  await publish(1);
  const before = alice.envelope(log, { class: 'chain' });
  const { json } = await begin(alice, before, [seedFor(bob.device)]);
  await publish(2);
  const late = await begin(alice, alice.envelope(log, { class: 'chain' }), [seedFor(bob.device)]);
  assert.deepEqual([late.code, late.json.error.evidence], ['key.behind', { device: bob.device, prekey: 1 }]);
  assert.equal((await begin(alice, before, [seedFor(bob.device)])).json.seq, json.seq);
  // A server that was brought back from an older backup counts lower than those who seal.
  for (const prekey of [2, 3]) assert.equal((await begin(alice, alice.envelope(log, { class: 'chain' }), [{ ...seedFor(bob.device), prekey }])).status, 200);
});
