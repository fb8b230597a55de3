import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { startWorld, type World } from '../testing/world.ts';
import { apiHeaders } from './failure-answer.ts';

/** As an answer, and for an end: milliseconds. The server itself gives requests that are under way three seconds. */
const PATIENCE = 8_000;

/** Asks for another protocol on a socket that the caller never closes, and resolves with what came until the server closed its side. */
async function ask({ server }: World, lines: readonly string[]): Promise<{ readonly answer: string; readonly socket: Socket }> {
  const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
  let answer = '';
  socket.on('data', (bytes: Buffer) => void (answer += bytes.toString()));
  socket.write([...lines, 'Host: x', 'Connection: close, Upgrade', '', ''].join('\r\n'));
  await new Promise((resolve, reject) => socket.once('end', resolve).once('error', reject));
  return { answer, socket };
}

test('[IN3] [CLI13] a stranger who asks for the live connection and never closes his side keeps no server from ending', async (t) => {
  const world = await startWorld(t);
  const { answer, socket } = await ask(world, ['GET /v1/live HTTP/1.1', 'Upgrade: websocket']);
  try {
    assert.match(answer, /^HTTP\/1\.1 401 [^]*session\.missing/);
    const ended = await Promise.race([world.server.close().then(() => true), new Promise((resolve) => void setTimeout(resolve, PATIENCE, false).unref())]);
    assert.ok(ended, 'the server still waits for him');
  } finally {
    socket.destroy();
  }
});

test('[IN2] [IN3] whoever asks for an open connection is answered like everybody else, wherever he asks; another protocol changes no answer', async (t) => {
  const said: string[] = [];
  const world = await startWorld(t, { log: { info: () => undefined, warn: (what) => void said.push(what) } });
  const rows = [
    ['GET // HTTP/1.1', 'websocket', /^HTTP\/1\.1 404 [^]*request\.unknown/],
    ['GET /v1/server HTTP/1.1', 'websocket', /^HTTP\/1\.1 404 [^]*request\.unknown/],
    ['GET /v1/live HTTP/1.1', 'WebSocket', /^HTTP\/1\.1 401 [^]*session\.missing/],
    ['GET /v1/server HTTP/1.1', 'h2c', /^HTTP\/1\.1 200 [^]*"product":"earshot"/],
  ] as const;
  for (const [line, protocol, expected] of rows) {
    const { answer, socket } = await ask(world, [line, `Upgrade: ${protocol}`]);
    socket.destroy();
    assert.match(answer, expected, `${line} ${protocol}`);
    for (const header of Object.keys(apiHeaders)) assert.match(answer, new RegExp(`^${header}: `, 'im'), `${line} ${protocol}`);
  }
  assert.deepEqual(said, [], 'a stranger fills no log');
});
