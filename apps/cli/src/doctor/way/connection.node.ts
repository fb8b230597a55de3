import { connect, type Socket } from 'node:net';
import type { Finding } from '@earshot/doctor/probes/probe.ts';
import { bareHost, portOf, wordOf } from './name.node.ts';

/** A connection that did not open by then is none that a voice can use. Milliseconds. */
export const PATIENCE = 5_000;

/** Whether anybody takes a connection at the server's address and port. */
export async function probeConnection(server: URL): Promise<Finding<'connecting'>> {
  const began = performance.now();
  const socket = connect({ host: bareHost(server), port: portOf(server), timeout: PATIENCE });
  const word = await opened(socket, 'connect');
  socket.destroy();
  return word === null ? { answer: 'opens', measured: { milliseconds: Math.round(performance.now() - began) } } : judgeConnection(word);
}

/** Null when it opened, else the word of the operating system. */
export function opened(socket: Socket, event: 'connect' | 'secureConnect'): Promise<string | null> {
  return new Promise((done) => {
    socket.once(event, () => done(null));
    socket.once('timeout', () => done('ETIMEDOUT'));
    socket.on('error', (error) => done(wordOf(error)));
    socket.once('close', () => done('ECONNRESET'));
  });
}

export function judgeConnection(system: string): Finding<'connecting'> {
  if (system === 'ECONNREFUSED') return { answer: 'refused', code: 'server.down' };
  if (['ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN'].includes(system)) return { answer: 'unreachable', code: 'network.offline' };
  return { answer: 'silent', code: 'network.unreachable' };
}
