import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Link } from '@earshot/protocol/links.ts';
import { newDevice } from '../testing/keys.ts';
import { stillClock } from '../testing/still-clock.ts';
import { call, Caller, hashOf, newId, startWorld } from '../testing/world.ts';

const asLink = (json: unknown): Link => json as Link;

test('[LINK1] a new device signs in by the token of an old one, once, and both pass messages that nobody else sees', async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const [id, token] = [newId(), newId()];
  using live = await alice.live();
  assert.equal((await alice.call('POST', '/v1/links', { id, tokenSha256: hashOf(token) })).status, 200);
  assert.equal((await alice.call('POST', '/v1/links', { id, tokenSha256: hashOf(token) })).status, 200, 'repeated');
  for (const other of [alice, bob]) assert.equal((await other.call('POST', '/v1/links', { id: newId(), tokenSha256: hashOf(token) })).code, 'request.invalid', 'a token leads to one link');
  await live.frame('changed', (frame) => frame['what'] === 'account');
  const device = newDevice();
  const command = { link: id, token, hello: 'aGVsbG8', device: { id: device.id, name: 'phone' } };
  const signIn = (change: object) => call(world.base, null, 'POST', '/v1/sessions/link', { ...command, ...change });
  for (const change of [{ token: newId() }, { link: newId() }]) assert.equal((await signIn(change)).code, 'link.expired');
  const first = await signIn({});
  assert.deepEqual([first.json.person, first.json['locked']], [alice.person, true]);
  const again = await signIn({});
  assert.equal(again.status, 200, 'the answer may have been lost');
  assert.equal((await signIn({ device: { id: newId(), name: 'thief' } })).code, 'link.expired');
  await live.frame('changed', (frame) => frame['what'] === 'account');

  const phone = new Caller(world.base, alice.person, device.id, again.json.token ?? '');
  const [seen] = (await alice.call('GET', '/v1/links')).json['links'] as Link[];
  assert.deepEqual(seen?.messages, [{ device: device.id, text: 'aGVsbG8' }]);
  assert.deepEqual((await bob.call('GET', '/v1/links')).json['links'], []);
  assert.equal((await bob.call('POST', `/v1/links/${id}/messages`, { index: 1, text: 'AA' })).code, 'link.expired');
  const said = await alice.call('POST', `/v1/links/${id}/messages`, { index: 1, text: 'AAAA' });
  assert.deepEqual(asLink(said.json).messages[1], { device: alice.device, text: 'AAAA' });
  assert.equal((await alice.call('POST', `/v1/links/${id}/messages`, { index: 1, text: 'AAAA' })).status, 200, 'repeated');
  assert.equal((await phone.call('POST', `/v1/links/${id}/messages`, { index: 1, text: 'BBBB' })).code, 'request.invalid', 'one at a place');
  assert.equal((await alice.call('DELETE', `/v1/links/${id}`)).status, 200);
  assert.equal((await signIn({})).code, 'link.expired');
});

test('[LINK2] a device that is not in opens a link without a token; nobody signs in by it', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice', { password: 'long enough' });
  const device = newDevice();
  const { json } = await call(world.base, null, 'POST', '/v1/sessions', { handle: 'alice', password: 'long enough', device: { id: device.id, name: 'phone' } });
  const phone = new Caller(world.base, alice.person, device.id, json.token ?? '');
  assert.equal((await phone.call('POST', '/v1/links', { id: newId(), tokenSha256: hashOf('x') })).code, 'device.locked');
  const id = newId();
  assert.equal((await phone.call('POST', '/v1/links', { id })).status, 200);
  assert.equal((await phone.call('POST', `/v1/links/${id}/messages`, { index: 0, text: 'Y29tbWl0bWVudA' })).status, 200);
  assert.equal((await alice.call('POST', `/v1/links/${id}/messages`, { index: 1, text: 'bm9uY2U' })).status, 200);
  assert.equal(((await phone.call('GET', '/v1/links')).json['links'] as Link[])[0]?.messages.length, 2);
  assert.equal((await call(world.base, null, 'POST', '/v1/sessions/link', { link: id, token: '', hello: '', device: { id: newId(), name: 'x' } })).code, 'link.expired');
});

test('[LINK3] a link is over after ten minutes; there are few at once, with few and short messages, and tries are counted', async (t) => {
  let now = Date.now();
  const world = await startWorld(t, { limits: { triesPerAddress: 5 }, clock: stillClock(() => now) });
  const alice = await world.join('alice');
  const links = Array.from({ length: 4 }, newId);
  for (const id of links) assert.equal((await alice.call('POST', '/v1/links', { id, tokenSha256: hashOf(id) })).status, 200);
  assert.equal((await alice.call('POST', '/v1/links', { id: newId() })).json.error.evidence['limit'], 'linksPerPerson');
  const say = (index: number, text: string) => alice.call('POST', `/v1/links/${links[0]}/messages`, { index, text });
  for (let index = 0; index < 8; index += 1) assert.equal((await say(index, 'AA')).status, 200);
  assert.equal((await say(8, 'AA')).code, 'limit.reached');
  assert.equal((await say(0, 'A'.repeat(5_000))).json.error.evidence['limit'], 'linkMessageLength');
  now += 600_000;
  const signIn = (token: string) => call(world.base, null, 'POST', '/v1/sessions/link', { link: links[1], token, hello: '', device: { id: newId(), name: 'x' } });
  assert.equal((await signIn(links[1] ?? '')).code, 'link.expired');
  assert.deepEqual((await alice.call('GET', '/v1/links')).json['links'], []);
  for (let count = 0; count < 4; count += 1) await signIn('wrong');
  assert.equal((await signIn('wrong')).code, 'limit.tries');
});
