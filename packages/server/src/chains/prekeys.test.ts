import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import type { MemberPrekey, Prekey } from '@earshot/protocol/keys.ts';
import type { TestChain, TestDevice } from '../testing/keys.ts';
import { prekeyOf } from '../testing/prekeys.ts';
import { lockedDevice, PASSWORD, secondDevice } from '../testing/second-device.ts';
import { type Caller, newId, startWorld, type World } from '../testing/world.ts';

interface Household {
  readonly world: World;
  readonly alice: Caller;
  readonly bob: Caller;
  readonly chain: TestChain;
  readonly phone: TestDevice;
}

async function household(t: TestContext, limits = {}): Promise<Household> {
  const world = await startWorld(t, { limits });
  const [alice, bob] = [await world.join('alice', { password: PASSWORD }), await world.join('bob')];
  const [phone] = alice.chain?.devices ?? [];
  assert.ok(alice.chain && phone);
  return { world, alice, bob, chain: alice.chain, phone };
}

function deviceOf(who: Caller): TestDevice {
  const device = who.chain?.devices.find(({ id }) => id === who.device);
  assert.ok(device);
  return device;
}

async function publish(who: Caller, number: number, device = deviceOf(who)): Promise<Prekey> {
  const prekey = prekeyOf(device, number);
  const answer = await who.call('PUT', '/v1/prekey', prekey);
  assert.deepEqual([answer.status, answer.json], [200, prekey]);
  return prekey;
}

const prekeysOf = async (who: Caller, log: string): Promise<readonly MemberPrekey[]> => (await who.call('GET', `/v1/logs/${log}/prekeys`)).json['prekeys'] as MemberPrekey[];
const devicesIn = async (who: Caller, log: string): Promise<readonly string[]> => (await prekeysOf(who, log)).map(({ device }) => device);
const sorted = (all: readonly string[]): readonly string[] => [...all].sort();

test('[PREKEY1] of a device’s prekeys the one with the highest number stays, and answers whatever comes', async (t) => {
  const { alice, bob, phone } = await household(t);
  const log = await alice.direct(bob.person);
  const second = await publish(alice, 2);
  for (const late of [prekeyOf(phone, 1), prekeyOf(phone, 2), second]) assert.deepEqual((await alice.call('PUT', '/v1/prekey', late)).json, second);
  assert.deepEqual(await prekeysOf(bob, log), [{ person: alice.person, ...second }]);
  const third = await publish(alice, 3);
  assert.deepEqual(await prekeysOf(bob, log), [{ person: alice.person, ...third }]);
});

test('[PREKEY1] what another device signed, what is said for another one, what was changed or is none, and what a locked device says is refused', async (t) => {
  const { alice, bob, phone } = await household(t);
  const log = await alice.direct(bob.person);
  const good = prekeyOf(phone, 1);
  const other = prekeyOf(deviceOf(bob), 1);
  const refusal = async (bent: object): Promise<unknown> => {
    const { code, json } = await alice.call('PUT', '/v1/prekey', bent);
    return [code, json.error.evidence['field']];
  };
  assert.deepEqual(await refusal(other), ['request.invalid', 'device']);
  for (const bent of [{ ...good, number: 2 }, { ...good, key: other.key }, { ...good, signature: other.signature }, { ...good, signature: '-'.repeat(86) }]) {
    assert.deepEqual(await refusal(bent), ['request.invalid', 'signature']);
  }
  for (const [field, value] of [['number', 0], ['number', 1.5], ['number', '1'], ['key', good.key.slice(1)], ['signature', ''], ['surplus', 1]] as const) {
    assert.deepEqual(await refusal({ ...good, [field]: value }), ['request.invalid', field]);
  }
  const locked = await lockedDevice(alice, 'alice');
  assert.equal((await locked.caller.call('PUT', '/v1/prekey', prekeyOf(locked.device, 1))).code, 'device.locked');
  assert.deepEqual(await prekeysOf(alice, log), []);
});

test('[PREKEY2] members see the prekeys of all members’ devices, their own included; strangers and who left see no conversation', async (t) => {
  const { world, alice, bob } = await household(t);
  const [carol, eve] = [await world.join('carol'), await world.join('eve')];
  const log = await alice.group([bob.person, carol.person]);
  const laptop = await secondDevice(alice, 'alice');
  for (const who of [alice, carol, eve, laptop.caller]) await publish(who, 1);
  const all = await prekeysOf(bob, log);
  assert.deepEqual(sorted(all.map(({ person, device }) => `${person} ${device}`)), sorted([alice, laptop.caller, carol].map(({ person, device }) => `${person} ${device}`)));
  assert.deepEqual(await prekeysOf(alice, log), all);

  const nowhere = await eve.call('GET', `/v1/logs/${newId()}/prekeys`);
  const stranger = await eve.call('GET', `/v1/logs/${log}/prekeys`);
  assert.deepEqual([stranger.status, stranger.text], [404, nowhere.text]);
  await carol.post(carol.envelope(log, { class: 'members', membership: { remove: [carol.person] } }));
  assert.equal((await carol.call('GET', `/v1/logs/${log}/prekeys`)).text, nowhere.text);
  assert.deepEqual(sorted(await devicesIn(bob, log)), sorted([alice.device, laptop.caller.device]));
});

test('[PREKEY2] of more devices than can be given a chain those are told that were last seen', async (t) => {
  const { world, alice, bob } = await household(t, { deviceGrantsPerEvent: 1 });
  const log = await alice.direct(bob.person);
  await publish(alice, 1);
  const laptop = await secondDevice(alice, 'alice');
  await publish(laptop.caller, 1);
  for (const last of [laptop.caller.device, alice.device]) {
    const database = new DatabaseSync(`${world.dataDir}/earshot.db`);
    database.prepare('UPDATE device SET seen = CASE id WHEN ? THEN 2 ELSE 1 END').run(last);
    database.close();
    assert.deepEqual(await devicesIn(bob, log), [last]);
  }
});

test('[PREKEY3] a device that is signed out, revoked or whose account ends has no prekey any more, and begins again at any number', async (t) => {
  const { world, alice, bob, chain } = await household(t);
  const carol = await world.join('carol', { password: PASSWORD });
  const log = await bob.group([alice.person, carol.person]);
  const [laptop, tablet] = [await secondDevice(alice, 'alice'), await secondDevice(alice, 'alice')];
  for (const who of [alice, laptop.caller, tablet.caller, carol]) await publish(who, 7);
  assert.equal((await devicesIn(bob, log)).length, 4);

  assert.equal((await laptop.caller.call('DELETE', '/v1/sessions/current')).status, 200);
  assert.equal((await devicesIn(bob, log)).includes(laptop.caller.device), false);
  assert.equal((await alice.call('POST', '/v1/chain', await chain.revoke(tablet.device))).status, 200);
  assert.deepEqual(sorted(await devicesIn(bob, log)), sorted([alice.device, carol.device]));
  assert.equal((await carol.call('POST', '/v1/me/delete', { handle: 'carol', password: PASSWORD })).status, 200);
  assert.deepEqual(await devicesIn(bob, log), [alice.device]);

  const back = await lockedDevice(alice, 'alice', laptop.device);
  await publish(back.caller, 1, laptop.device);
});
