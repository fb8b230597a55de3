import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Failure } from '@earshot/protocol/failures.ts';
import { liveRoute } from '@earshot/protocol/addresses.ts';
import type { Sockets } from '../live/sockets.node.ts';
import type { Session } from '../ports.ts';
import { authenticate } from '../sessions/sessions.ts';
import type { Context } from './context.ts';
import { refusalOf } from './failure-answer.ts';
import { tokenOfHeaders } from './requests.ts';

/** Any other protocol that a request offers to go over to is none of ours: it is answered like one that offered nothing. */
export function asksForSocket({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/** The way from a request to an open connection: right address, right origin, a session; refusals are answered as HTTP. */
export function acceptUpgrades(server: Server, context: Context, sockets: Sockets): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // The peer may vanish before it is answered.
    socket.on('error', () => socket.destroy());
    admit(context, request).then(
      (session) => sockets.accept(request, socket, head, session),
      (error: unknown) => refuse(context, socket, error),
    );
  });
}

async function admit({ ports, site }: Context, request: IncomingMessage): Promise<Session> {
  if (URL.parse(request.url ?? '/', 'http://server')?.pathname !== liveRoute) throw new Failure('request.unknown', {});
  const { origin } = request.headers;
  if (origin !== undefined && !site.accepts(origin)) throw new Failure('request.origin', { origin: site.origin, seen: origin.slice(0, 200) });
  return authenticate(ports, tokenOfHeaders(request.headers));
}

function refuse({ ports }: Context, socket: Duplex, error: unknown): void {
  const { status, headers, body } = refusalOf(ports, error);
  const lines = Object.entries({ ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' }).map(([name, value]) => `${name}: ${value}`);
  // Node holds this socket to no time any more, nor ends it with the server: whoever never closed his side would have it for ever.
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}
