import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { newDevice, TestChain } from '../testing/keys.ts';
import { lockedDevice, PASSWORD, type Second, secondDevice } from '../testing/second-device.ts';
import { stillClock } from '../testing/still-clock.ts';
import { call, type Caller, hashOf, type JsonAnswer, newId, startWorld, type World } from '../testing/world.ts';

interface Home {
  readonly world: World;
  readonly alice: Caller;
  readonly second: Second;
}

/** Alice with two devices in her chain. */
async function home(t: TestContext): Promise<Home> {
  const world = await startWorld(t);
  const alice = await world.join('alice', { password: PASSWORD });
  return { world, alice, second: await secondDevice(alice, 'alice') };
}

const revoke = async ({ alice, second }: Home): Promise<void> => {
  assert.equal((await alice.call('POST', '/v1/chain', await alice.chain?.revoke(second.device))).status, 200);
};

async function inviteHerself(who: Caller): Promise<{ readonly secret: string; readonly answer: JsonAnswer }> {
  const secret = newId();
  return { secret, answer: await who.call('POST', '/v1/invitations', { secretSha256: hashOf(secret), for: 'alice' }) };
}

/** Joins as alice on another device, whose keys begin a chain for her. */
async function joinBy(world: World, person: string, invitation: string, change: object = {}, device = newDevice()): Promise<JsonAnswer> {
  const { command } = await TestChain.begin(person, device);
  return await call(world.base, null, 'POST', '/v1/join', { invitation, handle: 'alice', name: 'Alice', device: { id: device.id, name: 'another' }, chain: command, ...change });
}

const signIn = (world: World, password: string): Promise<JsonAnswer> => call(world.base, null, 'POST', '/v1/sessions', { handle: 'alice', password, device: { id: newId(), name: 'x' } });

test('[PEOPLE8] by her own invitation somebody signs in on another device, and neither sets a password nor begins anew', async (t) => {
  const { world, alice } = await home(t);
  const { secret, answer } = await inviteHerself(alice);
  assert.equal(answer.status, 200, answer.text);
  const join = (change: object) => joinBy(world, alice.person, secret, change);
  assert.equal((await join({ anew: true })).code, 'not-allowed');
  assert.equal((await join({ anew: true, password: PASSWORD })).code, 'not-allowed');
  assert.equal((await join({ password: 'a new password' })).code, 'session.credentials');
  const joined = await join({ password: PASSWORD });
  assert.deepEqual([joined.status, joined.json.person, joined.json['locked']], [200, alice.person, true], joined.text);
  assert.deepEqual([(await alice.call('GET', '/v1/me')).json['locked'], (await alice.call('GET', '/v1/me')).json['chain']], [false, 2], 'all stands as it was');
  assert.equal((await signIn(world, PASSWORD)).status, 200);
  // Nor afterwards, by the same invitation.
  const other = (await inviteHerself(alice)).secret;
  const device = newDevice();
  assert.equal((await joinBy(world, alice.person, other, { password: PASSWORD }, device)).status, 200);
  assert.equal((await joinBy(world, alice.person, other, { password: PASSWORD, anew: true }, device)).code, 'not-allowed');
});

test('[PEOPLE8] without a password neither: what comes with her own invitation is no new one', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  const { secret } = await inviteHerself(alice);
  assert.equal((await joinBy(world, alice.person, secret, { password: 'a new password' })).code, 'session.credentials');
  assert.equal((await joinBy(world, alice.person, secret, { anew: true })).code, 'not-allowed');
  assert.equal((await joinBy(world, alice.person, secret)).json['locked'], true);
  assert.equal((await alice.call('GET', '/v1/me')).json['password'], false);
});

test('[PEOPLE8] a locked device does not invite its own person; what another one made ends with a session, revoked or signed out, and what invites others stays', async (t) => {
  const here = await home(t);
  const { world, alice, second } = here;
  const locked = await lockedDevice(alice, 'alice');
  assert.equal((await inviteHerself(locked.caller)).answer.code, 'device.locked');
  const { secret } = await inviteHerself(second.caller);
  const stranger = newId();
  await second.caller.call('POST', '/v1/invitations', { secretSha256: hashOf(stranger) });
  await revoke(here);
  assert.equal((await joinBy(world, alice.person, secret, { password: 'a new password', anew: true })).code, 'invitation.unknown');
  assert.equal((await alice.call('GET', '/v1/me')).status, 200);
  const again = (await inviteHerself(alice)).secret;
  assert.equal((await alice.call('DELETE', `/v1/devices/${locked.device.id}`)).status, 200);
  assert.equal((await joinBy(world, alice.person, again)).code, 'invitation.unknown');
  await world.join('carol', { invitation: stranger });
});

test('[LINK4] a link ends with the device that opened it', async (t) => {
  const here = await home(t);
  const [link, token, device] = [newId(), newId(), newId()];
  assert.equal((await here.second.caller.call('POST', '/v1/links', { id: link, tokenSha256: hashOf(token) })).status, 200);
  await revoke(here);
  const thief = await call(here.world.base, null, 'POST', '/v1/sessions/link', { link, token, hello: 'AA', device: { id: device, name: 'thief' } });
  assert.equal(thief.code, 'link.expired');
  assert.deepEqual((await here.alice.call('GET', '/v1/links')).json['links'], []);
});

test('[LINK4] a device that signed in by a link and was ended does not come back by it, let in or not', async (t) => {
  const { world, alice } = await home(t);
  for (const letIn of [false, true]) {
    const [link, token, device] = [newId(), newId(), newDevice()];
    await alice.call('POST', '/v1/links', { id: link, tokenSha256: hashOf(token) });
    const enter = (): Promise<JsonAnswer> => call(world.base, null, 'POST', '/v1/sessions/link', { link, token, hello: 'AA', device: { id: device.id, name: 'phone' } });
    const entered = await enter();
    assert.equal(entered.status, 200);
    if (letIn) await alice.call('POST', '/v1/chain', await alice.chain?.add(device));
    const ended = letIn ? await alice.call('POST', '/v1/chain', await alice.chain?.revoke(device)) : await alice.call('DELETE', `/v1/devices/${device.id}`);
    assert.equal(ended.status, 200, ended.text);
    assert.equal((await enter()).code, 'link.expired');
    assert.equal((await call(world.base, entered.json.token, 'GET', '/v1/me')).code, 'session.revoked');
  }
});

test('[SES1] whoever has an invitation that was used guesses a password no faster than by signing in', async (t) => {
  const world = await startWorld(t, { limits: { triesPerHandle: 3 } });
  const [invitation, device] = [await world.invitation(), newDevice()];
  const { command } = await TestChain.begin(newId(), device);
  const join = (password: string): Promise<JsonAnswer> => call(world.base, null, 'POST', '/v1/join', { invitation, handle: 'alice', name: 'Alice', device: { id: device.id, name: 'phone' }, chain: command, password });
  for (let count = 0; count < 5; count += 1) assert.equal((await join(PASSWORD)).status, 200, 'what is right is not counted');
  for (const guess of ['first guess', 'second guess', 'third guess']) assert.equal((await join(guess)).code, 'invitation.used');
  assert.equal((await join(PASSWORD)).code, 'limit.tries');
  assert.equal((await signIn(world, PASSWORD)).code, 'limit.tries', 'they are counted together');
});

test('[CHAIN7] without a password a joining that is repeated begins anew only just after signing in', async (t) => {
  let now = Date.now();
  const world = await startWorld(t, { clock: stillClock(() => now) });
  const alice = await world.join('alice');
  const [invitation, device] = [await world.invitation('alice'), newDevice()];
  assert.equal((await joinBy(world, alice.person, invitation, {}, device)).json['locked'], true);
  now += 601_000;
  assert.equal((await joinBy(world, alice.person, invitation, { anew: true }, device)).code, 'session.stale');
  assert.equal((await alice.call('GET', '/v1/me')).status, 200);
});
