import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authenticator } from '../testing/authenticator.ts';
import { call, newId, startWorld, type Caller, type World } from '../testing/world.ts';

async function add(who: Caller, authenticator: Authenticator): ReturnType<Caller['call']> {
  const { challenge, options } = (await who.call('POST', '/v1/me/passkeys/options', {})).json;
  return who.call('POST', '/v1/me/passkeys', { challenge, response: authenticator.create(options.challenge), name: 'key' });
}

async function signIn(world: World, authenticator: Authenticator): ReturnType<typeof call> {
  const { challenge, options } = (await call(world.base, null, 'POST', '/v1/sessions/passkey/options', {})).json;
  return call(world.base, null, 'POST', '/v1/sessions/passkey', { challenge, response: authenticator.get(options.challenge), device: { id: newId(), name: 'x' } });
}

test('[KEY1] a passkey is added, signs in without a name, and shows when it was used', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  const key = new Authenticator(world.server.origin);
  assert.equal((await add(alice, key)).status, 200);
  const session = await signIn(world, key);
  assert.equal(session.json.person, alice.person, session.text);
  const [listed] = (await alice.call('GET', '/v1/me')).json.passkeys;
  assert.deepEqual([listed?.id, listed?.used !== null], [key.id, true]);
});

test('[KEY2] challenges serve once; keys of others, of other sites and forged answers do not', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  const key = new Authenticator(world.server.origin);
  await add(alice, key);
  assert.equal((await signIn(world, new Authenticator(world.server.origin))).code, 'session.passkey');
  assert.equal((await add(alice, new Authenticator('http://evil.example'))).code, 'session.passkey');
  assert.equal((await add(alice, key)).code, 'session.passkey');
  const { challenge, options } = (await call(world.base, null, 'POST', '/v1/sessions/passkey/options', {})).json;
  const body = { challenge, response: key.get(options.challenge), device: { id: newId(), name: 'x' } };
  assert.equal((await call(world.base, null, 'POST', '/v1/sessions/passkey', body)).status, 200);
  assert.equal((await call(world.base, null, 'POST', '/v1/sessions/passkey', body)).code, 'session.passkey');
  const adding = (await alice.call('POST', '/v1/me/passkeys/options', {})).json;
  assert.equal((await call(world.base, null, 'POST', '/v1/sessions/passkey', { ...body, challenge: adding.challenge, response: key.get(adding.options.challenge) })).code, 'session.passkey');
});

test('[KEY3] the only way to sign in cannot be removed', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  const [one, two] = [new Authenticator(world.server.origin), new Authenticator(world.server.origin)];
  await add(alice, one);
  await add(alice, two);
  assert.equal((await alice.call('DELETE', `/v1/me/passkeys/${one.id}`)).status, 200);
  assert.equal((await alice.call('DELETE', `/v1/me/passkeys/${one.id}`)).code, 'not-found');
  assert.equal((await alice.call('DELETE', `/v1/me/passkeys/${two.id}`)).code, 'account.last-credential');
  await alice.call('PUT', '/v1/me/password', { password: 'long enough' });
  assert.equal((await alice.call('DELETE', `/v1/me/passkeys/${two.id}`)).status, 200);
});
