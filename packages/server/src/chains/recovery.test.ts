import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recoverySigningBytes } from '@earshot/protocol/keys.ts';
import type { TestDevice } from '../testing/keys.ts';
import { newDevice, newRecovery } from '../testing/keys.ts';
import { call, Caller, type JsonAnswer, startWorld, type World } from '../testing/world.ts';

async function signIn(world: World, handle: string, key: TestDevice, device = newDevice().id): Promise<JsonAnswer> {
  const { json } = await call(world.base, null, 'POST', '/v1/sessions/recovery/challenge', { handle });
  const signature = key.keys.sign(recoverySigningBytes({ challenge: json.challenge, nonce: String(json['nonce']), handle, device }));
  return call(world.base, null, 'POST', '/v1/sessions/recovery', { handle, challenge: json.challenge, recovery: key.id, signature, device: { id: device, name: 'new' } });
}

test('[RECKEY1] a recovery key signs a device in, which it can then let in; nothing else does, and every wrong try is answered alike', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  const { chain } = alice;
  const [code] = chain?.recovery ?? [];
  assert.ok(chain && code);
  const device = newDevice();
  const { json } = await signIn(world, 'Alice', code, device.id);
  assert.deepEqual([json.person, json['locked'], json['chain']], [alice.person, true, 1]);
  const phone = new Caller(world.base, alice.person, device.id, json.token ?? '');
  assert.equal((await phone.call('POST', '/v1/chain', await chain.add(device, code))).status, 200);
  assert.equal((await phone.call('GET', '/v1/me')).json['locked'], false);

  const other = await newRecovery();
  const wrong = [await signIn(world, 'alice', other), await signIn(world, 'alice', { ...other, id: code.id }), await signIn(world, 'nobody', other), await signIn(world, 'alice', device)];
  for (const answer of wrong) assert.deepEqual([answer.status, answer.code, answer.text], [401, 'recovery.wrong', wrong[0]?.text]);
});

test('[RECKEY2] a challenge serves once and only this, and a replaced code nothing more', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  const [code] = alice.chain?.recovery ?? [];
  assert.ok(alice.chain && code);
  const device = newDevice().id;
  const { challenge, nonce } = (await call(world.base, null, 'POST', '/v1/sessions/recovery/challenge', { handle: 'alice' })).json;
  const signature = code.keys.sign(recoverySigningBytes({ challenge, nonce: String(nonce), handle: 'alice', device }));
  const command = { handle: 'alice', challenge, recovery: code.id, signature, device: { id: device, name: 'new' } };
  assert.equal((await call(world.base, null, 'POST', '/v1/sessions/recovery', { ...command, device: { id: newDevice().id, name: 'thief' } })).code, 'recovery.wrong');
  assert.equal((await call(world.base, null, 'POST', '/v1/sessions/recovery', command)).code, 'recovery.wrong', 'taken');
  const passkey = (await call(world.base, null, 'POST', '/v1/sessions/passkey/options', {})).json;
  const crossed = code.keys.sign(recoverySigningBytes({ challenge: passkey.challenge, nonce: passkey.options.challenge, handle: 'alice', device }));
  assert.equal((await call(world.base, null, 'POST', '/v1/sessions/recovery', { ...command, challenge: passkey.challenge, signature: crossed })).code, 'recovery.wrong');
  assert.equal((await alice.call('POST', '/v1/chain', await alice.chain.replaceRecovery())).status, 200);
  assert.equal((await signIn(world, 'alice', code)).code, 'recovery.wrong');
});

test('[RECKEY3] guessing on line is limited like signing in', async (t) => {
  const world = await startWorld(t, { limits: { triesPerHandle: 3 } });
  const alice = await world.join('alice');
  const [code] = alice.chain?.recovery ?? [];
  const other = await newRecovery();
  assert.ok(code);
  for (let count = 0; count < 3; count += 1) assert.equal((await signIn(world, 'alice', other)).code, 'recovery.wrong');
  assert.equal((await signIn(world, 'alice', code)).code, 'limit.tries');
});
