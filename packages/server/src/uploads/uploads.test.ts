import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { type Clock, systemClock } from '@earshot/base/clock.ts';
import type { Envelope } from '@earshot/protocol/envelope.ts';
import { Upload } from 'tus-js-client';
import { Household } from '../testing/household.ts';
import { stillClock } from '../testing/still-clock.ts';
import { hashOf, newId, noise, startWorld, type Caller, type JsonAnswer } from '../testing/world.ts';

const metadata = (id: string): Record<string, string> => ({ 'upload-metadata': `id ${Buffer.from(id).toString('base64')}` });

async function begin(who: Caller, headers: Record<string, string>): Promise<string> {
  const answer = await who.tus('POST', '/v1/uploads', headers);
  assert.equal(answer.status, 201, answer.text);
  return answer.headers.get('location') ?? '';
}

test('[UP1] tus says what it can, and asks for its version', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  const options = await alice.call('OPTIONS', '/v1/uploads');
  assert.equal(options.status, 204);
  assert.equal(options.headers.get('tus-version'), '1.0.0');
  assert.match(options.headers.get('tus-extension') ?? '', /creation-with-upload.*checksum.*termination.*expiration/);
  const without = await alice.call('POST', '/v1/uploads', undefined, { 'upload-length': '5' });
  assert.deepEqual([without.status, without.code, without.headers.get('tus-version')], [412, 'request.version', '1.0.0']);
});

test('[UP2] an upload with deferred length grows by PATCH, says where it stands, and closes with the event that names it', async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const log = await alice.direct(bob.person);
  const id = newId();
  const path = await begin(alice, { 'upload-defer-length': '1', ...metadata(id) });
  assert.equal(path, `/v1/uploads/${id}`);
  assert.equal(await begin(alice, { 'upload-defer-length': '1', ...metadata(id) }), path);
  const bytes = noise(30_000);
  for (const [from, to] of [[0, 10_000], [10_000, 10_001], [10_001, 30_000]] as const) {
    const answer = await alice.tus('PATCH', path, { 'upload-offset': String(from) }, bytes.subarray(from, to));
    assert.deepEqual([answer.status, answer.headers.get('upload-offset')], [204, String(to)]);
    assert.ok(Date.parse(answer.headers.get('upload-expires') ?? '') > Date.now());
  }
  const head = await alice.tus('HEAD', path, {});
  assert.deepEqual([head.status, head.headers.get('upload-offset'), head.headers.get('upload-defer-length')], [200, '30000', '1']);
  for (const who of [alice, bob]) assert.equal((await who.call('GET', `/v1/blobs/${id}`)).code, 'not-found');
  const blob = { id, length: 30_000, sha256: hashOf(bytes) };
  assert.equal((await alice.post(alice.envelope(log, { blobs: [blob] }))).status, 200);
  assert.equal((await alice.tus('PATCH', path, { 'upload-offset': '30000' }, noise(1))).code, 'upload.closed');
  assert.equal((await alice.tus('DELETE', path, {})).code, 'upload.closed');
  assert.equal((await alice.tus('HEAD', path, {})).headers.get('upload-length'), '30000');
});

test('[UP3] a PATCH at a wrong offset is refused with the right one; of two at once one wins', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  const path = await begin(alice, { 'upload-defer-length': '1' });
  const wrong = await alice.tus('PATCH', path, { 'upload-offset': '5' }, noise(10));
  assert.deepEqual([wrong.code, wrong.json.error.evidence['offset'], wrong.headers.get('upload-offset')], ['upload.offset', 0, '0']);
  const both = await Promise.all([1, 2].map((seed) => alice.tus('PATCH', path, { 'upload-offset': '0' }, noise(50_000 + seed))));
  assert.deepEqual(both.map((answer) => answer.status).sort((a, b) => a - b), [204, 409]);
  const [winner, loser] = both.sort((a, b) => a.status - b.status);
  assert.equal(String(loser?.json.error.evidence['offset']), winner?.headers.get('upload-offset'));
});

test('[UP13] an event whose last bytes are arriving waits for them, has the time at which it was taken, and is refused when they break off', { timeout: 120_000 }, async (t) => {
  // No other wait of the server is so long.
  const closingWait = 61_000;
  let waits = Promise.withResolvers<void>();
  const sleep: Clock['sleep'] = (milliseconds, signal) => {
    if (milliseconds === closingWait) waits.resolve();
    return systemClock.sleep(milliseconds, signal);
  };
  const world = await startWorld(t, { limits: { closingWait }, clock: { ...systemClock, sleep } });
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const log = await alice.direct(bob.person);
  // Until the server is in the middle of the piece it refuses the event at once.
  const waiting = async (event: Envelope): Promise<{ readonly answer: Promise<JsonAnswer> }> => {
    waits = Promise.withResolvers();
    const answer = alice.post(event);
    const early = await Promise.race([answer, waits.promise]);
    if (!early) return { answer };
    assert.equal(early.code, 'blob.incomplete');
    return waiting(event);
  };
  for (const whole of [true, false]) {
    const id = newId();
    const path = await begin(alice, { 'upload-defer-length': '1', ...metadata(id) });
    const bytes = noise(2_000);
    const socket = connect(world.server.port, '127.0.0.1');
    const head = `PATCH ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${alice.token}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: 2000\r\n\r\n`;
    await new Promise<void>((resolve) => void socket.write(Buffer.concat([Buffer.from(head), bytes.subarray(0, 1_000)]), () => resolve()));
    const event = alice.envelope(log, { blobs: [{ id, length: 2_000, sha256: hashOf(bytes) }] });
    const { answer: posting } = await waiting(event);
    const meanwhile = await bob.post(bob.envelope(log));
    if (whole) socket.write(bytes.subarray(1_000));
    else socket.destroy();
    const answer = await posting;
    assert.deepEqual([answer.status, answer.code ?? null], whole ? [200, null] : [409, 'blob.incomplete'], answer.text);
    if (whole) assert.deepEqual([answer.json.seq - meanwhile.json.seq, answer.json.at >= meanwhile.json.at], [1, true]);
    assert.equal((await bob.call('GET', `/v1/blobs/${id}`)).status, whole ? 200 : 404);
    socket.destroy();
  }
});

test('[UP4] what arrived before a cut is kept', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  const path = await begin(alice, { 'upload-length': '400000' });
  const socket = connect(world.server.port, '127.0.0.1');
  socket.write(`PATCH ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${alice.token}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: 400000\r\n\r\n`);
  const bytes = noise(400_000);
  await new Promise<void>((resolve) => void socket.write(bytes.subarray(0, 300_000), () => resolve()));
  await new Promise((resolve) => void setTimeout(resolve, 100));
  socket.destroy();
  let offset = 0;
  for (let tries = 0; tries < 100 && offset < 262_144; tries += 1) offset = Number((await alice.tus('HEAD', path, {})).headers.get('upload-offset'));
  assert.ok(offset >= 262_144, String(offset));
  assert.equal((await alice.tus('PATCH', path, { 'upload-offset': String(offset) }, bytes.subarray(offset))).status, 204);
});

test('[UP5] a piece with a wrong checksum leaves nothing; with the right one it counts', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  const path = await begin(alice, { 'upload-length': '1000' });
  const bytes = noise(1000);
  const checksum = (algorithm: string, of: Uint8Array): string => `${algorithm} ${createHash(algorithm).update(of).digest('base64')}`;
  const bad = await alice.tus('PATCH', path, { 'upload-offset': '0', 'upload-checksum': checksum('sha1', noise(999)) }, bytes);
  assert.deepEqual([bad.status, bad.code], [460, 'upload.checksum']);
  assert.equal((await alice.tus('HEAD', path, {})).headers.get('upload-offset'), '0');
  assert.equal((await alice.tus('PATCH', path, { 'upload-offset': '0', 'upload-checksum': checksum('sha1', bytes.subarray(0, 500)) }, bytes.subarray(0, 500))).status, 204);
  assert.equal((await alice.tus('PATCH', path, { 'upload-offset': '500', 'upload-checksum': checksum('sha256', bytes.subarray(500)) }, bytes.subarray(500))).status, 204);
  assert.equal((await alice.tus('PATCH', path, { 'upload-offset': '1000', 'upload-checksum': 'md5 AAAA' }, noise(1))).code, 'request.invalid');
});

test('[UP6] somebody else’s upload does not exist; a terminated one is gone', async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const path = await begin(alice, { 'upload-length': '10' });
  const none = `/v1/uploads/${newId()}`;
  for (const method of ['HEAD', 'PATCH', 'DELETE']) {
    const body = method === 'PATCH' ? noise(3) : undefined;
    const [seen, unseen] = [await bob.tus(method, path, { 'upload-offset': '0' }, body), await bob.tus(method, none, { 'upload-offset': '0' }, body)];
    assert.deepEqual([seen.status, seen.text], [404, unseen.text]);
  }
  assert.equal((await bob.tus('POST', '/v1/uploads', { 'upload-length': '3', ...metadata(path.split('/').pop() ?? '') }, noise(3))).code, 'not-found');
  assert.equal((await alice.tus('DELETE', path, {})).status, 204);
  assert.equal((await alice.tus('PATCH', path, { 'upload-offset': '0' }, noise(3))).code, 'upload.gone');
});

test('[UP7] limits of pieces, blobs, open uploads and space say what was allowed and seen', async (t) => {
  const world = await startWorld(t, { limits: { pieceBytes: 1000, blobBytes: 3000, openUploadsPerPerson: 3, quotaBytes: 5000 } });
  const alice = await world.join('alice');
  const large = await alice.tus('POST', '/v1/uploads', { 'upload-length': '3001' });
  assert.deepEqual([large.code, large.json.error.evidence], ['limit.reached', { limit: 'blobBytes', allowed: 3000, seen: 3001 }]);
  const path = await begin(alice, { 'upload-defer-length': '1' });
  const piece = await alice.tus('PATCH', path, { 'upload-offset': '0' }, noise(1001));
  assert.deepEqual([piece.code, piece.json.error.evidence['limit']], ['limit.reached', 'pieceBytes']);
  for (const offset of [0, 1000, 2000]) assert.equal((await alice.tus('PATCH', path, { 'upload-offset': String(offset) }, noise(1000))).status, 204);
  assert.equal((await alice.tus('PATCH', path, { 'upload-offset': '3000' }, noise(1))).json.error.evidence['limit'], 'blobBytes');
  const full = await alice.tus('POST', '/v1/uploads', { 'upload-length': '3000' });
  assert.deepEqual([full.status, full.code, full.json.error.evidence], [507, 'quota.full', { used: 3000, quota: 5000 }]);
  await begin(alice, { 'upload-defer-length': '1' });
  await begin(alice, { 'upload-defer-length': '1' });
  assert.equal((await alice.tus('POST', '/v1/uploads', { 'upload-length': '1' })).json.error.evidence['limit'], 'openUploadsPerPerson');
  assert.equal((await alice.call('GET', '/v1/me')).json.used, 3000);
  const short = await begin(await world.join('bob'), { 'upload-length': '10' });
  assert.ok(short);
});

test('[UP18] where all places are taken the upload that stood still for longest makes room, and none that goes on', async (t) => {
  let now = Date.now();
  const world = await startWorld(t, { limits: { openUploadsPerPerson: 2, uploadYields: 2_000 }, clock: stillClock(() => now) });
  const alice = await world.join('alice');
  const bytes = noise(600);
  const first = await alice.upload(bytes);
  const second = await begin(alice, { 'upload-length': '10' });
  const full = await alice.tus('POST', '/v1/uploads', { 'upload-length': '10' });
  assert.deepEqual([full.code, full.json.error.evidence['limit']], ['limit.reached', 'openUploadsPerPerson']);
  now += 2_100;
  assert.equal((await alice.tus('PATCH', second, { 'upload-offset': '0' }, noise(4))).status, 204);
  const third = await begin(alice, { 'upload-length': '10' });
  assert.equal((await alice.tus('HEAD', `/v1/uploads/${first.id}`, {})).status, 410);
  assert.equal((await alice.tus('HEAD', second, {})).headers.get('upload-offset'), '4');
  assert.equal((await alice.tus('HEAD', third, {})).status, 200);
  assert.equal((await alice.tus('POST', '/v1/uploads', { 'upload-length': '10' })).code, 'limit.reached');
  assert.equal((await alice.call('GET', '/v1/me')).json.used, 4);
});

test('[UP8] incomplete blobs are asked for; wrong ones are set aside, and the same bytes go again under a new id', async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const log = await alice.direct(bob.person);
  const bytes = noise(1000);
  const path = await begin(alice, { 'upload-length': '1000' });
  const id = path.split('/').pop() ?? '';
  await alice.tus('PATCH', path, { 'upload-offset': '0' }, bytes.subarray(0, 400));
  const early = await alice.post(alice.envelope(log, { blobs: [{ id, length: 1000, sha256: hashOf(bytes) }] }));
  assert.deepEqual([early.code, early.json.error.evidence], ['blob.incomplete', { blob: id, offset: 400, length: 1000 }]);
  await alice.tus('PATCH', path, { 'upload-offset': '400' }, bytes.subarray(400));
  const wrong = alice.envelope(log, { blobs: [{ id, length: 1000, sha256: hashOf('other') }] });
  assert.equal((await alice.post(wrong)).code, 'blob.mismatch');
  assert.equal((await alice.post(wrong)).code, 'blob.mismatch');
  assert.equal((await alice.tus('PATCH', path, { 'upload-offset': '1000' }, noise(1))).code, 'blob.mismatch');
  const again = await alice.upload(bytes);
  assert.equal((await alice.post({ ...wrong, blobs: [again] })).status, 200);
  assert.equal((await bob.call('GET', `/v1/blobs/${id}`)).code, 'not-found');
  assert.equal((await alice.post(alice.envelope(log, { blobs: [{ ...again, id: newId() }] }))).code, 'not-found');
  const open = await bob.upload(bytes);
  assert.equal((await alice.post(alice.envelope(log, { blobs: [open] }))).code, 'not-found');
});

test('[UP9] a foreign tus client uploads, is cut, and resumes where it stopped', async (t) => {
  const world = await startWorld(t);
  const [alice, bob] = [await world.join('alice'), await world.join('bob')];
  const log = await alice.direct(bob.person);
  const bytes = noise(900_000);
  const options = { endpoint: `${world.base}/v1/uploads`, uploadSize: bytes.length, chunkSize: 200_000, retryDelays: null, headers: { authorization: `Bearer ${alice.token}` } };
  const url = await new Promise<string>((resolve, reject) => {
    const upload: Upload = new Upload(Readable.from([Buffer.from(bytes)]), {
      ...options, onError: reject,
      onChunkComplete: (_, accepted) => {
        if (accepted >= 400_000) void upload.abort().then(() => resolve(upload.url ?? ''), reject);
      },
    });
    upload.start();
  });
  await new Promise<void>((resolve, reject) => {
    new Upload(Buffer.from(bytes), { ...options, uploadUrl: url, onError: reject, onSuccess: () => resolve() }).start();
  });
  const id = url.split('/').pop() ?? '';
  assert.equal((await alice.post(alice.envelope(log, { blobs: [{ id, length: bytes.length, sha256: hashOf(bytes) }] }))).status, 200);
  const got = await fetch(`${world.base}/v1/blobs/${id}`, { headers: { authorization: `Bearer ${bob.token}` } });
  assert.deepEqual(new Uint8Array(await got.arrayBuffer()), bytes);
  await Upload.terminate(`${world.base}${await begin(alice, { 'upload-length': '5' })}`, options);
});

test('[UP10] a proxy that only knows POST carries a PATCH', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  const path = await begin(alice, { 'upload-length': '10' });
  const answer = await alice.tus('POST', path, { 'x-http-method-override': 'PATCH', 'upload-offset': '0' }, noise(10));
  assert.deepEqual([answer.status, answer.headers.get('upload-offset')], [204, '10']);
});

test('[UP10] pieces may come as plain bytes, and every method through POST', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  const path = await begin(alice, { 'upload-length': '10' });
  const plain = await alice.tus('PATCH', path, { 'content-type': 'application/octet-stream', 'upload-offset': '0' }, noise(4));
  assert.deepEqual([plain.status, plain.headers.get('upload-offset')], [204, '4']);
  const head = await alice.tus('POST', path, { 'x-http-method-override': 'HEAD' });
  assert.deepEqual([head.status, head.headers.get('upload-offset')], [200, '4']);
  const log = await alice.direct(alice.person);
  assert.equal((await alice.call('POST', `/v1/logs/${log}/cursor`, { delivered: 1 }, { 'x-http-method-override': 'PUT' })).status, 200);
  assert.equal((await alice.tus('POST', path, { 'x-http-method-override': 'DELETE' })).status, 204);
});

test('[UP14] whoever comes again ends what is under way, on a line that is silent as well, and it counts', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  const bytes = noise(100_000);
  const comeAgain = async (again: 'HEAD' | 'PATCH', wait: number): Promise<void> => {
    const path = await begin(alice, { 'upload-length': '100000' });
    using dead = disposable(connect(world.server.port, '127.0.0.1'));
    dead.socket.write(`PATCH ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${alice.token}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: 100000\r\n\r\n`);
    await new Promise<void>((resolve) => void dead.socket.write(bytes.subarray(0, 30_000), () => resolve()));
    await new Promise((resolve) => void setTimeout(resolve, wait));
    // Neither end nor reset: to the server it may go on any moment.
    const offset = (await alice.tus(again, path, { 'upload-offset': '0' }, again === 'PATCH' ? bytes : undefined)).headers.get('upload-offset');
    // Nothing tells when a server has read what came: one on a slow machine is given more time.
    if (offset !== '30000' && wait < 20_000) return await comeAgain(again, wait * 10);
    assert.equal(offset, '30000');
    assert.equal((await alice.tus('PATCH', path, { 'upload-offset': '30000' }, bytes.subarray(30_000))).status, 204);
  };
  for (const again of ['HEAD', 'PATCH'] as const) await comeAgain(again, 200);
});

function disposable(socket: Socket): { readonly socket: Socket } & Disposable {
  return { socket, [Symbol.dispose]: () => void socket.destroy() };
}

test('[UP11] blobs answer ranges, and browsers can do nothing with them but listen', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  const log = await alice.direct(alice.person);
  const bytes = noise(700_000);
  const blob = await alice.upload(bytes);
  await alice.post(alice.envelope(log, { blobs: [blob] }));
  const get = async (headers: Record<string, string>): Promise<{ status: number; headers: Headers; bytes: Uint8Array }> => {
    const answer = await fetch(`${world.base}/v1/blobs/${blob.id}`, { headers: { authorization: `Bearer ${alice.token}`, ...headers } });
    return { status: answer.status, headers: answer.headers, bytes: new Uint8Array(await answer.arrayBuffer()) };
  };
  for (const [range, start, end] of [['bytes=0-9', 0, 10], ['bytes=699990-', 699_990, 700_000], ['bytes=-5', 699_995, 700_000], ['bytes=10-600000', 10, 600_001], ['bytes=5-9999999', 5, 700_000]] as const) {
    const part = await get({ range });
    assert.deepEqual([part.status, part.headers.get('content-range')], [206, `bytes ${start}-${end - 1}/700000`]);
    assert.deepEqual(part.bytes, bytes.subarray(start, end));
  }
  const whole = await get({});
  assert.deepEqual(whole.bytes, bytes);
  assert.equal(whole.headers.get('etag'), `"${blob.sha256}"`);
  assert.equal(whole.headers.get('accept-ranges'), 'bytes');
  const head = await alice.call('HEAD', `/v1/blobs/${blob.id}`, undefined, { 'want-repr-digest': 'sha-256=1' });
  assert.equal(head.headers.get('repr-digest'), `sha-256=:${Buffer.from(blob.sha256, 'hex').toString('base64')}:`);
  assert.match(whole.headers.get('content-security-policy') ?? '', /sandbox/);
  assert.equal(whole.headers.get('x-content-type-options'), 'nosniff');
  assert.equal((await get({ 'if-none-match': `"${blob.sha256}"` })).status, 304);
  const beyond = await get({ range: 'bytes=700000-' });
  assert.deepEqual([beyond.status, beyond.headers.get('content-range')], [416, 'bytes */700000']);
  assert.equal((await get({ range: 'bytes=0-1', 'if-range': '"other"' })).status, 200);
});

test('[UP18] an upload that has just gone on is not ended to make room, and one that stood still is', async () => {
  const house = new Household();
  const ada = await house.join('ada');
  const { uploads } = house.ports.store;
  const id = newId();
  await uploads.create({ id, owner: ada.person, length: 10, offset: 0, sum: null, log: null, at: house.now }, { open: 5, quota: 1_000 });
  await uploads.advance({ owner: ada.person, blob: id, from: 0, to: 4, sum: null, length: null, at: house.now + 5, quota: 1_000 });
  assert.equal(await uploads.terminate(ada.person, id, house.now + 4), 'closed');
  assert.equal(await uploads.terminate(ada.person, id, house.now + 5), 'terminated');
});
