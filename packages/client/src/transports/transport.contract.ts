import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import type { Transport } from '../transport.ts';

const fails = (code: FailureCode) => (error: unknown): boolean => error instanceof Failure && error.code === code;

/**
 * A server that does as its paths say: `/v1/silent` never answers, `/v1/halting` stops after half an answer, `/v1/teapot` is 418 with
 * `Upload-Offset: 7`, `/v1/large` is 300,000 bytes, everything else the word `answer`. A socket is greeted with `hello` and closed
 * with 4401 after its first frame.
 */
export interface Peer extends AsyncDisposable {
  readonly origin: string;
  /** Requests, and first frames with the headers of their socket. */
  readonly seen: { headers: Record<string, unknown>; body: string }[];
}

/** Registers the laws of the transport port as tests of one adapter; `make` gives up on a silent peer after `stallTimeout` milliseconds. */
export function transportContract(name: string, make: MakeTransport, peer: () => Promise<Peer>): void {
  requestLaws(name, make, peer);
  connectionLaws(name, make, peer);
}

type MakeTransport = (server: string, stallTimeout: number) => Transport;

function requestLaws(name: string, make: MakeTransport, peer: () => Promise<Peer>): void {
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
    await using server = await peer();
    // Long enough for an answer that has begun to come, on a machine that stands still now and then.
    const transport = make(server.origin, 1_000);
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
}

function connectionLaws(name: string, make: MakeTransport, peer: () => Promise<Peer>): void {
  test(`${name}: [WAY4] the open connection carries frames both ways and says its end exactly once`, async () => {
    await using server = await peer();
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
    await over.promise;
    assert.deepEqual([server.seen[0]?.body, server.seen[0]?.headers['authorization']], ['back', 'Bearer x']);
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
