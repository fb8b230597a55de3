import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import { WebSocketServer } from 'ws';
import type { Transport } from '../transport.ts';

const fails = (code: FailureCode) => (error: unknown): boolean => error instanceof Failure && error.code === code;

interface Peer extends AsyncDisposable {
  readonly origin: string;
  readonly seen: { headers: Record<string, unknown>; body: string }[];
  readonly sockets: WebSocketServer;
}

/** A server that does as its paths say. */
async function peer(): Promise<Peer> {
  const seen: Peer['seen'] = [];
  const open = new Set<Socket>();
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      if (request.url === '/v1/silent') return;
      if (request.url === '/v1/teapot') response.writeHead(418, { 'Upload-Offset': '7' });
      if (request.url === '/v1/halting') {
        response.writeHead(200);
        response.write('half');
        return;
      }
      response.end(request.url === '/v1/large' ? Buffer.alloc(300_000, 1) : 'answer');
    });
  });
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  const sockets = new WebSocketServer({ server });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen, sockets,
    [Symbol.asyncDispose]: async () => {
      sockets.close();
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Registers the laws of the transport port as tests of one adapter; `make` gives up on a silent peer after `stallTimeout` milliseconds. */
export function transportContract(name: string, make: (server: string, stallTimeout: number) => Transport): void {
  test(`${name}: [WAY1] whatever answers is an answer, with its status, headers in lower case and bytes`, async () => {
    await using server = await peer();
    const transport = make(server.origin, 5_000);
    const answer = await transport.request({ method: 'POST', path: '/v1/teapot', headers: { 'x-one': 'two' }, body: 'said' });
    assert.equal(answer.status, 418);
    assert.equal(answer.headers['upload-offset'], '7');
    assert.equal(new TextDecoder().decode(await answer.bytes()), 'answer');
    assert.equal(server.seen[0]?.body, 'said');
    assert.equal(server.seen[0]?.headers['x-one'], 'two');
    const large = await transport.request({ method: 'GET', path: '/v1/large' });
    assert.equal((await large.bytes()).length, 300_000);
  });

  test(`${name}: [WAY2] nobody there is network.unreachable, silence is network.stalled, also in the middle of an answer`, async () => {
    const server = await peer();
    const transport = make(server.origin, 60);
    await assert.rejects(transport.request({ method: 'GET', path: '/v1/silent' }), fails('network.stalled'));
    const half = await transport.request({ method: 'GET', path: '/v1/halting' });
    await assert.rejects(half.bytes(), fails('network.stalled'));
    await server[Symbol.asyncDispose]();
    await assert.rejects(transport.request({ method: 'GET', path: '/v1/x' }), fails('network.unreachable'));
  });

  test(`${name}: [WAY3] whoever aborts gets the reason`, async () => {
    await using server = await peer();
    const stop = new AbortController();
    const asking = make(server.origin, 5_000).request({ method: 'GET', path: '/v1/silent', signal: stop.signal });
    stop.abort(new Error('enough'));
    await assert.rejects(asking, /enough/);
  });

  test(`${name}: [WAY4] the open connection carries frames both ways and says its end exactly once`, async () => {
    await using server = await peer();
    const heard = Promise.withResolvers<{ text: string; token: string | undefined }>();
    server.sockets.on('connection', (socket, request) => {
      socket.send('hello');
      socket.on('message', (data: Buffer) => {
        heard.resolve({ text: data.toString(), token: request.headers.authorization });
        socket.close(4401);
      });
    });
    const closed: number[] = [];
    const over = Promise.withResolvers<void>();
    const opened = Promise.withResolvers<void>();
    const frame = Promise.withResolvers<string>();
    const connection = make(server.origin, 5_000).connect('/v1/live', { authorization: 'Bearer x' }, {
      opened: () => opened.resolve(),
      frame: (text) => frame.resolve(text),
      closed: (code) => {
        closed.push(code);
        over.resolve();
      },
    });
    await opened.promise;
    assert.equal(await frame.promise, 'hello');
    connection.send('back');
    assert.deepEqual(await heard.promise, { text: 'back', token: 'Bearer x' });
    await over.promise;
    connection.close();
    assert.deepEqual(closed, [4401]);
  });

  test(`${name}: [WAY4] a connection that cannot be opened ends once as well`, async () => {
    const server = await peer();
    await server[Symbol.asyncDispose]();
    let closed = 0;
    await new Promise<void>((resolve) => {
      make(server.origin, 5_000).connect('/v1/live', {}, {
        opened: () => assert.fail('opened'),
        frame: () => assert.fail('a frame'),
        closed: () => {
          closed += 1;
          resolve();
        },
      });
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(closed, 1);
  });
}
