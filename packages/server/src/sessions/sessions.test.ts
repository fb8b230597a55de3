import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { openOperator } from '../operator.ts';
import { call, newId, startWorld, type World } from '../testing/world.ts';

const device = () => ({ id: newId(), name: 'other' });
const signIn = (world: World, handle: string, password: string, headers: Record<string, string> = {}) => call(world.base, null, 'POST', '/v1/sessions', { handle, password, device: device() }, headers);

test('[SES1] a wrong password and an unknown name are answered alike, and tries are limited for both', async (t) => {
  const world = await startWorld(t, { limits: { triesPerHandle: 2, triesPerAddress: 6 } });
  await world.join('alice', { password: 'long enough' });
  assert.equal((await signIn(world, 'alice', 'long enough')).status, 200);
  const answers = [await signIn(world, 'alice', 'wrong one'), await signIn(world, 'nobody', 'wrong one')];
  assert.equal(answers[0]?.text, answers[1]?.text);
  assert.equal(answers[0]?.code, 'session.credentials');
  assert.equal((await signIn(world, 'Alice ', 'wrong two')).code, 'session.credentials');
  const limited = await signIn(world, 'alice', 'long enough');
  assert.deepEqual([limited.status, limited.code], [429, 'limit.tries']);
  assert.ok(Number(limited.json.error.evidence['until']) > Date.now());
  assert.ok(Number(limited.headers.get('retry-after')) > 0);
  for (const handle of ['a', 'b', 'c']) assert.equal((await signIn(world, handle, 'x')).code, 'session.credentials');
  assert.equal((await signIn(world, 'd', 'x')).code, 'limit.tries');
});

test('[SES1] one address asks for so many challenges a minute, of whichever kind: each is kept', async (t) => {
  const world = await startWorld(t, { limits: { challengesPerAddress: 2 } });
  const ask = async (path: string) => (await call(world.base, null, 'POST', path, path.includes('recovery') ? { handle: 'x' } : {})).code;
  const [passkey, recovery] = ['/v1/sessions/passkey/options', '/v1/sessions/recovery/challenge'];
  assert.deepEqual([await ask(passkey), await ask(recovery)], [undefined, undefined]);
  assert.deepEqual([await ask(passkey), await ask(recovery)], ['limit.tries', 'limit.tries']);
});

test('[SES2] browsers get a cookie and no token; programs a token and no cookie', async (t) => {
  const world = await startWorld(t);
  await world.join('alice', { password: 'long enough' });
  const program = await signIn(world, 'alice', 'long enough');
  assert.equal(program.headers.get('set-cookie'), null);
  assert.ok(program.json.token);
  const browser = await signIn(world, 'alice', 'long enough', { 'earshot-client': 'browser' });
  const cookie = browser.headers.get('set-cookie') ?? '';
  assert.equal(browser.json.token, null);
  assert.match(cookie, /^earshot_session=[\w-]{43};.*Path=\/;.*HttpOnly;.*SameSite=Strict/);
  assert.doesNotMatch(cookie, /Secure/);
  const [pair = ''] = cookie.split(';');
  assert.equal((await call(world.base, null, 'GET', '/v1/me', undefined, { cookie: pair })).status, 200);
  const out = await call(world.base, null, 'DELETE', '/v1/sessions/current', undefined, { cookie: pair });
  assert.match(out.headers.get('set-cookie') ?? '', /earshot_session=;/);
  const secure = await startWorld(t, { origin: 'https://voice.example.org' });
  await secure.join('alice', { password: 'long enough' });
  assert.match((await signIn(secure, 'alice', 'long enough', { origin: 'https://voice.example.org' })).headers.get('set-cookie') ?? '', /; Secure/);
});

test('[SES2] [SES3] behind a proxy to which a browser signs in its cookie counts all the same, and for a foreign Origin as little as ever', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice', { password: 'long enough' });
  const proxy = { authorization: 'Basic dTpw' };
  const browser = await signIn(world, 'alice', 'long enough', { 'earshot-client': 'browser', ...proxy });
  const [cookie = ''] = (browser.headers.get('set-cookie') ?? '').split(';');
  assert.equal((await call(world.base, null, 'GET', '/v1/me', undefined, { cookie, ...proxy })).status, 200);
  const rename = async (headers: Record<string, string>) => (await call(world.base, null, 'PATCH', '/v1/me', { name: 'x' }, { cookie, ...proxy, ...headers })).code;
  assert.equal(await rename({ origin: world.base }), undefined);
  assert.equal(await rename({ origin: 'http://evil.example' }), 'request.origin');
  const opened = (headers: Record<string, string>): Promise<unknown> => new Promise((resolve) => {
    const socket = new WebSocket(`${world.base.replace('http', 'ws')}/v1/live`, { headers: { cookie, ...proxy, ...headers } });
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode)).on('open', () => {
      socket.close();
      resolve('open');
    });
  });
  assert.deepEqual([await opened({ origin: world.base }), await opened({ origin: 'http://evil.example' })], ['open', 403]);
  // A program that says a token means it.
  assert.equal((await call(world.base, 'x'.repeat(43), 'GET', '/v1/me', undefined, { cookie })).code, 'session.missing');
  assert.equal((await call(world.base, alice.token, 'GET', '/v1/me', undefined, { cookie })).json.device, alice.device);
});

test('[SES3] writes and open connections from another origin are refused', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  const foreign = await alice.call('PATCH', '/v1/me', { name: 'x' }, { origin: 'http://evil.example' });
  assert.deepEqual([foreign.status, foreign.code], [403, 'request.origin']);
  assert.equal((await alice.call('PATCH', '/v1/me', { name: 'x' }, { origin: world.base })).status, 200);
  assert.equal((await alice.call('PATCH', '/v1/me', { name: 'x' }, { origin: world.server.origin })).status, 200);
  assert.equal((await alice.tus('POST', '/v1/uploads', { 'upload-length': '1', origin: 'http://evil.example' })).code, 'request.origin');
  for (const [headers, status] of [[{ origin: 'http://evil.example', authorization: `Bearer ${alice.token}` }, 403], [{}, 401], [{ authorization: 'Bearer x' }, 401]] as const) {
    const seen = await new Promise((resolve) => void new WebSocket(`${world.base.replace('http', 'ws')}/v1/live`, { headers: { ...headers } }).on('unexpected-response', (_, response) => resolve(response.statusCode)));
    assert.equal(seen, status);
  }
});

test('[SES4] revoking a device closes its connections at once and ends its session, and nobody else’s', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice', { password: 'long enough' });
  const second = (await signIn(world, 'alice', 'long enough')).json;
  using live = await alice.live();
  const socket = new WebSocket(`${world.base.replace('http', 'ws')}/v1/live`, { headers: { authorization: `Bearer ${second.token}` } });
  const closed = new Promise((resolve) => void socket.on('close', resolve));
  await new Promise((resolve) => void socket.on('message', resolve));
  const bob = await world.join('bob');
  assert.equal((await bob.call('DELETE', `/v1/devices/${second.device}`)).code, 'not-found');
  assert.equal((await alice.call('DELETE', `/v1/devices/${second.device}`)).status, 200);
  assert.equal(await closed, 4401);
  await live.frame('changed', (frame) => frame['what'] === 'account');
  assert.equal((await call(world.base, second.token, 'GET', '/v1/me')).code, 'session.revoked');
  assert.deepEqual((await alice.call('GET', '/v1/devices')).json.devices.map((found) => [found.id, found.current]), [[alice.device, true]]);
  assert.equal((await alice.call('DELETE', '/v1/sessions/current')).status, 200);
  assert.equal(await live.closed, 4401);
  assert.equal((await alice.call('GET', '/v1/me')).code, 'session.revoked');
});

test('[SES5] the operator disables a person beside the running server: sessions end, and only the right password is told why', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice', { password: 'long enough' });
  using live = await alice.live();
  await using operator = openOperator(world.dataDir);
  assert.equal(await operator.hasPeople(), true);
  await operator.disable('Alice', true);
  assert.equal(await live.closed, 4401);
  assert.equal((await alice.call('GET', '/v1/me')).code, 'account.disabled');
  assert.equal((await signIn(world, 'alice', 'wrong one')).code, 'session.credentials');
  assert.equal((await signIn(world, 'alice', 'long enough')).code, 'account.disabled');
  assert.deepEqual((await operator.people()).map((person) => [person.handle, person.state]), [['alice', 'disabled']]);
  await operator.disable('alice', false);
  assert.equal((await signIn(world, 'alice', 'long enough')).status, 200);
  await assert.rejects(operator.disable('nobody', true), { code: 'person.unknown' });
});

test('[SES6] changing the password asks for the current one', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  assert.equal((await alice.call('PUT', '/v1/me/password', { password: 'first one' })).status, 200);
  assert.equal((await alice.call('PUT', '/v1/me/password', { password: 'second one' })).code, 'session.credentials');
  assert.equal((await alice.call('PUT', '/v1/me/password', { password: 'second one', current: 'first one' })).status, 200);
  assert.equal((await signIn(world, 'alice', 'second one')).status, 200);
  assert.equal((await signIn(world, 'alice', 'first one')).code, 'session.credentials');
});

test('[SES7] a device belongs to one person, and a person has so many', async (t) => {
  const world = await startWorld(t, { limits: { devicesPerPerson: 2 } });
  const alice = await world.join('alice', { password: 'long enough' });
  await world.join('bob', { password: 'long enough' });
  const stolen = await call(world.base, null, 'POST', '/v1/sessions', { handle: 'bob', password: 'long enough', device: { id: alice.device, name: 'x' } });
  assert.equal(stolen.code, 'request.invalid');
  assert.equal((await signIn(world, 'alice', 'long enough')).status, 200);
  assert.equal((await signIn(world, 'alice', 'long enough')).json.error.evidence['limit'], 'devicesPerPerson');
});
