import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { routes } from '@earshot/protocol/routes.ts';
import fc from 'fast-check';
import { isFailureCode } from '@earshot/protocol/failures.ts';
import { call, newId, noise, startWorld } from '../testing/world.ts';

test('[IN1] bodies over their limits, missing and wrong fields, unknown versions: a code, the limit, what was seen', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  const log = await alice.direct(alice.person);
  const path = `/v1/logs/${log}/events`;
  const envelope = alice.envelope(log);
  const rows: [unknown, string, object][] = [
    [{ envelope, body: 'A'.repeat(90_000) }, 'limit.reached', { limit: 'bodyBytes', allowed: 65_536, seen: 67_500 }],
    [{ envelope: { ...envelope, refers: Array.from({ length: 65 }, newId) }, body: '' }, 'limit.reached', { limit: 'refersPerEvent', allowed: 64, seen: 65 }],
    [{ envelope: { ...envelope, blobs: [{ id: newId(), length: 9_000_000, sha256: '0'.repeat(64) }] }, body: '' }, 'limit.reached', { limit: 'blobBytes', allowed: 8_388_608, seen: 9_000_000 }],
    [{ envelope: { ...envelope, version: 2 }, body: '' }, 'request.version', { known: 1, seen: '2' }],
    [{ envelope: { ...envelope, id: undefined }, body: '' }, 'request.invalid', { field: 'envelope.id', expected: '"id"' }],
    [{ envelope: { ...envelope, generation: '0' }, body: '' }, 'request.invalid', { field: 'envelope.generation', expected: 'number' }],
    [{ envelope: { ...envelope, extra: 1 }, body: '' }, 'request.invalid', { field: 'envelope.extra', expected: 'never' }],
    [{ envelope, body: 'not base64!' }, 'request.invalid', { field: 'body', expected: '/^[A-Za-z0-9_-]*$/' }],
    ['{"envelope":', 'request.invalid', { reason: 'json' }],
    ['[]', 'request.invalid', { field: 'envelope', expected: '"envelope"' }],
    [JSON.stringify({ body: 'x'.repeat(1_900_000) }), 'limit.reached', { limit: 'requestBytes', allowed: 1_835_008, seen: 1_900_011 }],
  ];
  for (const [body, code, evidence] of rows) {
    const answer = await alice.call('POST', path, body, { 'content-type': 'application/json' });
    assert.deepEqual([answer.code, answer.json.error.evidence], [code, evidence], JSON.stringify(body).slice(0, 100));
  }
  const form = await alice.call('POST', path, 'a=b', { 'content-type': 'application/x-www-form-urlencoded' });
  assert.deepEqual([form.code, form.json.error.evidence], ['request.invalid', { reason: 'content-type' }]);
  assert.equal((await alice.call('GET', `${path}?limit=abc`)).code, 'request.invalid');
  assert.equal((await alice.call('GET', '/v1/logs/short/events')).code, 'request.invalid');
});

test('[IN2] unknown addresses and strangers get a code as well', async (t) => {
  const world = await startWorld(t);
  for (const path of ['/', '/v1/nothing', '/v1/live', '/%zz', `/${'x'.repeat(5000)}`]) {
    const answer = await call(world.base, null, 'GET', path);
    assert.ok(isFailureCode(answer.code), `${path}: ${answer.text}`);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  }
  for (const [name, route] of Object.entries(routes)) {
    if (route.session === 'none') continue;
    const answer = await call(world.base, null, route.method, route.path.replace(/:\w+/, newId()), route.method === 'GET' ? undefined : {});
    assert.deepEqual([answer.status, answer.code], [401, 'session.missing'], name);
  }
});

test('[IN3] whatever is sent to whichever route, the process stays up and the answer has a code', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  const log = await alice.direct(alice.person);
  const all = Object.values(routes).filter((route) => !/sessions.current|me.delete/.test(route.path));
  const paths = fc.constantFrom(...all.map((route) => [route.method, route.path] as const), ['POST', '/v1/uploads'] as const, ['PATCH', '/v1/uploads/:id'] as const, ['HEAD', '/v1/uploads/:id'] as const, ['GET', '/v1/blobs/:id'] as const);
  const body = fc.oneof(
    fc.json(), fc.uint8Array({ maxLength: 300 }),
    fc.record({ envelope: fc.record({ version: fc.constantFrom(1, 2), id: fc.constant(newId()), log: fc.constant(log), device: fc.constant(alice.device), class: fc.string(), blobs: fc.jsonValue() }, { requiredKeys: [] }), body: fc.jsonValue(), have: fc.dictionary(fc.string(), fc.jsonValue()), secretSha256: fc.string(), handle: fc.string(), password: fc.string(), device: fc.jsonValue(), response: fc.object(), challenge: fc.constant(newId()) }, { requiredKeys: [] }),
  );
  const headers = fc.dictionary(fc.constantFrom('upload-length', 'upload-offset', 'upload-metadata', 'upload-checksum', 'upload-defer-length', 'range', 'if-none-match', 'tus-resumable', 'content-type', 'origin', 'x-http-method-override', 'cookie'), fc.oneof(fc.constantFrom('1', '0', '1.0.0', 'application/json', 'application/offset+octet-stream', 'bytes=0-', 'sha1 AA'), fc.stringMatching(/^[ -~]{0,40}$/)));
  await fc.assert(
    fc.asyncProperty(paths, fc.stringMatching(/^[\w%.~-]{1,40}$/), body, headers, async ([method, path], id, content, extra) => {
      const known = id.length % 3 === 0 ? log : id;
      const payload = method === 'GET' || method === 'HEAD' ? undefined : content;
      const answer = await alice.call(method, path.replace(/:\w+/, known), payload, extra);
      assert.ok(answer.status < 500, `${answer.status} ${answer.text}`);
      if (answer.status >= 400 && method !== 'HEAD') assert.ok(isFailureCode(answer.code), answer.text);
    }),
    { numRuns: 400 },
  );
  assert.equal((await call(world.base, null, 'GET', '/v1/server')).status, 200);
});

test('[IN3] bytes that are no HTTP, and connections that break off anywhere, cost nobody anything', async (t) => {
  const world = await startWorld(t);
  const request = 'POST /v1/join HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"a":';
  for (const text of [request, request.slice(0, 30), Buffer.from(noise(500)), 'GET /v1/live HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n', 'GET /v1/live HTTP/1.1\r\nUpgrade: foo\r\nConnection: upgrade\r\n\r\n'])
    await new Promise<void>((resolve) => {
      const socket = connect(world.server.port, '127.0.0.1', () => socket.write(text, () => setTimeout(() => socket.destroy(), 20)));
      socket.on('error', () => resolve());
      socket.on('close', () => resolve());
      socket.resume();
    });
  assert.equal((await call(world.base, null, 'GET', '/v1/server')).status, 200);
});
