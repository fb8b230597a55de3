import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Authenticator } from '../testing/authenticator.ts';
import { newDevice, TestChain } from '../testing/keys.ts';
import { lockedDevice, PASSWORD } from '../testing/second-device.ts';
import { stillClock } from '../testing/still-clock.ts';
import { call, newId, noise, startWorld, type Caller, type World } from '../testing/world.ts';

const DAY = 86_400_000;

async function worldOfYears(t: TestContext): Promise<{ readonly world: World; pass(ms: number): void }> {
  let now = Date.now();
  const world = await startWorld(t, { clock: stillClock(() => now) });
  return { world, pass: (ms) => void (now += ms) };
}

async function addPasskey(who: Caller, key: Authenticator): ReturnType<Caller['call']> {
  const offered = await who.call('POST', '/v1/me/passkeys/options', {});
  if (offered.status !== 200) return offered;
  return who.call('POST', '/v1/me/passkeys', { challenge: offered.json.challenge, response: key.create(offered.json.options.challenge), name: 'key' });
}

test('[CHAIN4] a device that cannot read her messages lets none of them go', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice', { password: PASSWORD });
  const log = await alice.direct(alice.person);
  const blob = await alice.upload(noise(50));
  const said = alice.envelope(log, { blobs: [blob] });
  assert.equal((await alice.post(said)).status, 200);
  const { caller: locked } = await lockedDevice(alice, 'alice');
  for (const forGood of [false, true]) assert.equal((await locked.call('POST', `/v1/logs/${log}/letting-go`, { messages: [said.id], forGood })).code, 'device.locked');
  assert.equal((await alice.call('GET', `/v1/blobs/${blob.id}`)).status, 200);
  assert.equal((await alice.call('POST', `/v1/logs/${log}/letting-go`, { messages: [said.id], forGood: true })).status, 200);
});

test('[CHAIN10] a session that was left open on a locked device ends no other one, adds and removes no passkey; signing in anew does all of it', async (t) => {
  const { world, pass } = await worldOfYears(t);
  const alice = await world.join('alice', { password: PASSWORD });
  const [hers, more] = [new Authenticator(world.server.origin), new Authenticator(world.server.origin)];
  assert.equal((await addPasskey(alice, hers)).status, 200);
  const { caller: left } = await lockedDevice(alice, 'alice');
  pass(3 * DAY);
  assert.equal((await addPasskey(left, more)).code, 'session.stale');
  assert.equal((await left.call('DELETE', `/v1/me/passkeys/${hers.id}`)).code, 'session.stale');
  assert.equal((await left.call('DELETE', `/v1/devices/${alice.device}`)).code, 'session.stale');
  assert.equal((await alice.call('GET', '/v1/me')).json.passkeys.length, 1);
  const { caller: fresh } = await lockedDevice(alice, 'alice');
  assert.equal((await addPasskey(fresh, more)).status, 200);
  assert.equal((await fresh.call('DELETE', `/v1/me/passkeys/${hers.id}`)).status, 200);
  assert.equal((await fresh.call('DELETE', `/v1/devices/${alice.device}`)).status, 200);
  assert.equal((await alice.call('GET', '/v1/me')).code, 'session.revoked');
  assert.equal((await left.call('DELETE', `/v1/devices/${left.device}`)).status, 200, 'its own');
});

test('[CHAIN10] a session that was left open on a locked device does not delete an account without a password; with one it has to say it', async (t) => {
  const { world, pass } = await worldOfYears(t);
  const [alice, bob] = [await world.join('alice', { password: PASSWORD }), await world.join('bob')];
  const device = newDevice();
  const { command } = await TestChain.begin(newId(), device);
  const back = async (id: string): Promise<string | null> => (await call(world.base, null, 'POST', '/v1/join', { invitation: await world.invitation('bob'), handle: 'bob', name: 'Bob', device: { id, name: 'x' }, chain: command })).json.token;
  const token = await back(device.id);
  const { caller: left } = await lockedDevice(alice, 'alice');
  pass(3 * DAY);
  assert.equal((await call(world.base, token, 'POST', '/v1/me/delete', { handle: 'bob' })).code, 'session.stale');
  assert.equal((await bob.call('GET', '/v1/me')).status, 200);
  assert.equal((await left.call('POST', '/v1/me/delete', { handle: 'alice' })).code, 'session.credentials');
  assert.equal((await left.call('POST', '/v1/me/delete', { handle: 'alice', password: PASSWORD })).status, 200);
  assert.equal((await bob.call('POST', '/v1/me/delete', { handle: 'bob' })).status, 200, 'a device that is in');
});
