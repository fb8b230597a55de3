import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { startWorld, type World } from '../testing/world.ts';

/** As an answer, and for an end: milliseconds. The server itself gives requests that are under way three seconds. */
const PATIENCE = 8_000;

/** Asks for another protocol on a socket that the caller never closes, and resolves with what came until the server closed its side. */
async function ask({ server }: World, lines: readonly string[]): Promise<{ readonly answer: string; readonly socket: Socket }> {
  const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
  let answer = '';
  socket.on('data', (bytes: Buffer) => void (answer += bytes.toString()));
  socket.write([...lines, 'Host: x', 'Connection: Upgrade', '', ''].join('\r\n'));
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
