import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { FaultyLink } from './link.node.ts';
import { Middlebox } from './middlebox.node.ts';
import { all, answersAll, blocksLargeBodies, blocksMethods, signInPage } from './obstacles.ts';

/** A server that answers with how many bytes it got. */
async function counting(): Promise<{ origin: string; seen: number[]; [Symbol.asyncDispose](): Promise<void> }> {
  const seen: number[] = [];
  const server = createServer((incoming, outgoing) => {
    let count = 0;
    const note = seen.push(0) - 1;
    incoming.on('data', (chunk: Buffer) => (seen[note] = count += chunk.length));
    incoming.on('end', () => outgoing.end(String(count)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const post = async (origin: string, bytes: number): Promise<string> => (await fetch(origin, { method: 'POST', body: new Uint8Array(bytes) })).text();

test('a link passes what it is given, and cuts at the byte it was told', async () => {
  await using server = await counting();
  await using link = await FaultyLink.open(server.origin);
  assert.equal(await post(link.origin, 100_000), '100000');
  link.cutAll();
  link.shape({ cutAfterUp: 60_000 });
  await assert.rejects(post(link.origin, 100_000));
  assert.equal(link.cuts, 1);
  assert.equal(link.crossed.up, 60_000);
  const last = server.seen.at(-1) ?? 0;
  assert.ok(last > 0 && last < 60_000, `${last} body bytes beside the head`);
  // It was told of one cut.
  assert.equal(await post(link.origin, 100_000), '100000');
  assert.equal(link.cuts, 1);
});

test('a slow link takes the time its bits need', async () => {
  await using server = await counting();
  await using link = await FaultyLink.open(server.origin, { upBits: 800_000 });
  const begun = performance.now();
  await post(link.origin, 50_000);
  assert.ok(performance.now() - begun >= 450, 'half a second of bits');
});

test('a black hole and a link that is down give nothing back', async () => {
  await using server = await counting();
  await using link = await FaultyLink.open(server.origin, { blackHole: true });
  await assert.rejects(fetch(link.origin, { signal: AbortSignal.timeout(300) }));
  link.shape({ down: true });
  await assert.rejects(fetch(link.origin));
  link.shape({});
  assert.equal(await post(link.origin, 3), '3');
  assert.equal(server.seen.length, 1);
});

test('a middlebox answers by itself, loses answers and passes the rest', async () => {
  await using server = await counting();
  await using box = await Middlebox.open(server.origin, ({ path }) => {
    if (path === '/portal') return signInPage;
    return path === '/lost' ? { do: 'lose-answer' } : { do: 'pass' };
  });
  assert.match(await post(`${box.origin}/portal`, 5), /hotel/);
  await assert.rejects(post(`${box.origin}/lost`, 7));
  assert.equal(await post(`${box.origin}/other`, 9), '9');
  assert.deepEqual(server.seen, [7, 9]);
});

test('obstacles stand behind one another: the first that objects decides; a body is cut at its byte, and counted', async () => {
  await using server = await counting();
  await using box = await Middlebox.open(server.origin, all(blocksMethods(['PATCH']), blocksLargeBodies(50_000, 'cut')));
  assert.equal((await fetch(box.origin, { method: 'PATCH', body: new Uint8Array(90_000) })).status, 405);
  assert.equal(await post(box.origin, 50_000), '50000');
  await assert.rejects(post(box.origin, 200_000));
  while (server.seen.at(-1) !== 50_000 || server.seen.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(box.offered.map(({ bytes }) => bytes > 50_000), [true, false, true]);
  box.meddle = answersAll(502, { 'retry-after': '3' });
  assert.equal((await fetch(box.origin)).headers.get('retry-after'), '3');
});

test('what is swallowed is never answered', async () => {
  await using server = await counting();
  await using box = await Middlebox.open(server.origin, () => ({ do: 'swallow' }));
  await assert.rejects(fetch(box.origin, { signal: AbortSignal.timeout(300) }));
  assert.equal(server.seen.length, 0);
});

test('a link may be slow on the way down', async () => {
  await using server = await counting();
  await using link = await FaultyLink.open(server.origin, { downBits: 4_000 });
  const begun = performance.now();
  await post(link.origin, 10);
  assert.ok(performance.now() - begun >= 200, 'a head of a hundred bytes');
});

test('who asks for an upgrade, and is gone when it is answered, troubles nobody', async () => {
  await using server = await counting();
  await using box = await Middlebox.open(server.origin, ({ method }) => (method === 'UPGRADE' ? { do: 'answer', status: 302 } : { do: 'pass' }));
  const { hostname, port } = new URL(box.origin);
  for (let round = 0; round < 20; round += 1) {
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write('GET /v1/live HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n', () => socket.resetAndDestroy());
    await once(socket, 'close');
  }
  assert.equal(await post(box.origin, 100), '100');
});
