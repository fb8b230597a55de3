import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openOperator } from '../operator.ts';
import { newDevice, TestChain } from '../testing/keys.ts';
import { stillClock } from '../testing/still-clock.ts';
import { call, hashOf, newId, noise, startWorld } from '../testing/world.ts';

const joining = async (invitation: string, handle: string, device = newId()): Promise<object> => ({
  invitation, handle, name: handle, device: { id: device, name: 'phone' }, chain: (await TestChain.begin(newId(), newDevice(device))).command,
});

test('[PEOPLE1] an invitation serves once, for seven days; each refusal has its code', async (t) => {
  let now = Date.now();
  const world = await startWorld(t, { clock: stillClock(() => now) });
  const join = (body: object) => call(world.base, null, 'POST', '/v1/join', body);
  assert.equal((await join(await joining(newId(), 'alice'))).code, 'invitation.unknown');
  const secret = await world.invitation();
  assert.equal((await join(await joining(secret, 'not a handle'))).code, 'handle.invalid');
  assert.equal((await join({ ...await joining(secret, 'alice'), password: 'short' })).code, 'password.weak');
  assert.equal((await join(await joining(secret, ' Ａlice '))).json['handle'], 'alice');
  assert.equal((await join(await joining(secret, 'bob'))).code, 'invitation.used');
  assert.equal((await join({ ...await joining(await world.invitation(), 'bob'), chain: undefined })).code, 'request.invalid');
  const other = await world.invitation();
  assert.equal((await join(await joining(other, 'ALICE'))).code, 'handle.taken');
  now += 8 * 86_400_000;
  assert.equal((await join(await joining(other, 'bob'))).code, 'invitation.expired');
});

test('[PEOPLE2] joining repeated by the same device finds the same person and gives a fresh token', async (t) => {
  const world = await startWorld(t);
  const secret = await world.invitation();
  const body = { ...await joining(secret, 'alice'), password: 'long enough' };
  const first = await call(world.base, null, 'POST', '/v1/join', body);
  const again = await call(world.base, null, 'POST', '/v1/join', body);
  assert.equal(again.json.person, first.json.person);
  assert.notEqual(again.json.token, first.json.token);
  assert.equal((await call(world.base, first.json.token, 'GET', '/v1/me')).code, 'session.missing');
  assert.equal((await call(world.base, again.json.token, 'GET', '/v1/me')).status, 200);
  assert.deepEqual([again.json['chain'], again.json['locked']], [1, false]);
  for (const change of [{ password: 'another one' }, { password: undefined }, { handle: 'bob' }, { device: { id: newId(), name: 'x' } }])
    assert.equal((await call(world.base, null, 'POST', '/v1/join', { ...body, ...change })).code, 'invitation.used', JSON.stringify(change));
  await call(world.base, again.json.token, 'DELETE', '/v1/sessions/current');
  assert.equal((await call(world.base, null, 'POST', '/v1/join', body)).code, 'invitation.used');
});

test('[PEOPLE3] people see those they share a conversation or an invitation with, and those the operator invited see one another', async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const secret = newId();
  await bob.call('POST', '/v1/invitations', { secretSha256: hashOf(secret) });
  const carol = await world.join('carol', { invitation: secret });
  const seen = async (who: typeof alice): Promise<string[]> => (await who.call('GET', '/v1/people')).json.people.map((person) => person.handle);
  assert.deepEqual(await seen(alice), ['bob']);
  assert.deepEqual(await seen(bob), ['alice', 'carol']);
  assert.deepEqual(await seen(carol), ['bob']);
  await bob.group([alice.person, carol.person]);
  assert.deepEqual(await seen(carol), ['alice', 'bob']);
  assert.equal((await carol.call('PUT', `/v1/people/${newId()}/block`)).code, 'person.unknown');
});

test('[PEOPLE4] a member’s invitations are counted, listed and withdrawn; none lets her into another account', async (t) => {
  const world = await startWorld(t, { limits: { invitationsPerPerson: 2 } });
  const [alice] = [await world.join('alice'), await world.join('bob')];
  const secret = hashOf(newId());
  assert.equal((await alice.call('POST', '/v1/invitations', { secretSha256: secret, for: 'bob' })).code, 'not-allowed');
  assert.equal((await alice.call('POST', '/v1/invitations', { secretSha256: secret, for: 'nobody' })).code, 'not-allowed');
  const first = await alice.call('POST', '/v1/invitations', { secretSha256: secret });
  assert.deepEqual((await alice.call('POST', '/v1/invitations', { secretSha256: secret })).json, first.json);
  await alice.call('POST', '/v1/invitations', { secretSha256: hashOf(newId()) });
  assert.equal((await alice.call('POST', '/v1/invitations', { secretSha256: hashOf(newId()) })).json.error.evidence['limit'], 'invitationsPerPerson');
  assert.equal((await alice.call('DELETE', `/v1/invitations/${secret}`)).status, 200);
  assert.equal((await alice.call('GET', '/v1/invitations')).json.invitations.length, 1);
  assert.equal((await alice.call('DELETE', `/v1/invitations/${secret}`)).code, 'not-found');
});

test('[PEOPLE5] the operator lets somebody in again by an invitation for her name alone', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  const secret = await world.invitation('alice');
  assert.equal((await call(world.base, null, 'POST', '/v1/join', await joining(secret, 'bob'))).code, 'session.credentials');
  const again = await call(world.base, null, 'POST', '/v1/join', { ...await joining(secret, 'alice'), password: 'a new password' });
  assert.equal(again.json.person, alice.person);
  assert.deepEqual((await alice.call('GET', '/v1/devices')).json.devices.filter(({ locked }) => locked).map(({ current }) => current), [false]);
  assert.deepEqual([again.json['chain'], again.json['locked']], [1, true], 'the keys that she has are hers still');
  await using operator = openOperator(world.dataDir);
  await assert.rejects(operator.invite({ secretSha256: hashOf('x'), for: 'nobody' }), { code: 'person.unknown' });
});

test('[PEOPLE6] a deleted account leaves its groups, its words stay with others, and its name is never given again', async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice', { password: 'long enough' }), await world.join('bob')];
  const log = await alice.group([bob.person]);
  const self = await alice.direct(alice.person);
  const blob = await alice.upload(noise(20));
  await alice.post(alice.envelope(log, { blobs: [blob] }));
  await alice.post(alice.envelope(self));
  using live = await alice.live();
  assert.equal((await alice.call('POST', '/v1/me/delete', { handle: 'alice' })).code, 'session.credentials');
  assert.equal((await alice.call('POST', '/v1/me/delete', { handle: 'alice', password: 'long enough' })).status, 200);
  assert.equal(await live.closed, 4401);
  assert.equal((await alice.call('GET', '/v1/me')).status, 401);
  const [gone] = (await bob.call('GET', '/v1/people')).json.people;
  assert.deepEqual([gone?.state, gone?.name], ['deleted', 'Deleted account']);
  const [info] = (await bob.call('GET', '/v1/logs')).json.logs;
  assert.deepEqual(info?.members.map(({ role, left }) => [role, left]), [['owner', 2], ['owner', null]]);
  assert.equal((await bob.call('GET', `/v1/blobs/${blob.id}`)).status, 200);
  assert.equal((await call(world.base, null, 'POST', '/v1/join', await joining(await world.invitation(), 'alice'))).code, 'handle.taken');
});

test('[PEOPLE7] names change for everybody who sees them', async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  using live = await bob.live();
  assert.equal((await alice.call('PATCH', '/v1/me', { name: 'Alice A.' })).status, 200);
  await live.frame('changed', (frame) => frame['what'] === 'people');
  assert.equal((await bob.call('GET', '/v1/people')).json.people[0]?.name, 'Alice A.');
});
