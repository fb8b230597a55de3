import { type ClientRequest, createServer, request as requestPlain, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { request as requestSecure } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectSecure } from 'node:tls';

/** What a machine on the way makes of one request. */
export type Meddling =
  | { readonly do: 'pass' }
  /** Answers itself: an error page, a redirect, a sign-in page, a rate limit. */
  | { readonly do: 'answer'; readonly status: number; readonly headers?: Record<string, string>; readonly body?: string | Uint8Array }
  /** Passes the request on, lets the server do the work, and loses its answer. */
  | { readonly do: 'lose-answer' }
  /** Passes so many bytes of the body on, then closes the connection. */
  | { readonly do: 'cut'; readonly after: number }
  /** Takes everything and never answers. */
  | { readonly do: 'swallow' }
  /** Takes everything and answers a blank each second, without an end. */
  | { readonly do: 'drip' }
  /** Closes without a word. */
  | { readonly do: 'drop' };

/** Of one request; those that ask for an upgrade come with method `UPGRADE`. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

export type Meddler = (request: Seen) => Meddling;

/** An HTTP middlebox on real sockets: captive portals, content filters, proxies that know no WebSocket, failing gateways. */
export class Middlebox implements AsyncDisposable {
  readonly #server: Server;
  /** May be said later: a server has to know the origin that people see before it starts. */
  target: URL;
  readonly #sockets = new Set<Duplex>();
  meddle: Meddler = () => ({ do: 'pass' });
  /** Bytes of bodies that were offered, each request in its turn. */
  readonly offered: (Seen & { bytes: number })[] = [];

  private constructor(server: Server, target: URL) {
    this.#server = server;
    this.target = target;
  }

  static async open(target: string, meddle?: Meddler): Promise<Middlebox> {
    const server = createServer();
    const box = new Middlebox(server, new URL(target));
    if (meddle) box.meddle = meddle;
    server.on('request', (incoming, outgoing) => box.#request(incoming, outgoing));
    server.on('upgrade', (incoming, socket, head) => box.#upgrade(incoming, socket, head));
    server.on('connection', (socket) => {
      box.#sockets.add(socket);
      socket.on('close', () => box.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return box;
  }

  get origin(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the middlebox is closed');
    return `http://127.0.0.1:${address.port}`;
  }

  #request(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method = '', url: path = '', headers } = incoming;
    const meddling = this.meddle({ method, path, headers });
    const offer = { method, path, headers, bytes: 0 };
    this.offered.push(offer);
    incoming.on('data', (chunk: Buffer) => (offer.bytes += chunk.length));
    // Whoever is cut off in the middle of a body has nobody to tell.
    incoming.on('error', () => undefined);
    if (meddling.do === 'swallow') return;
    if (meddling.do === 'drop') return void incoming.socket.destroy();
    if (meddling.do === 'drip') return drip(incoming, outgoing);
    if (meddling.do === 'answer') {
      incoming.resume();
      outgoing.writeHead(meddling.status, meddling.headers);
      return void outgoing.end(meddling.body ?? '');
    }
    const onward = this.#onward(method, path, headers);
    onward.on('response', (answer) => {
      if (meddling.do === 'lose-answer') return void incoming.socket.destroy();
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => incoming.socket.destroy());
    outgoing.on('close', () => onward.destroy());
    if (meddling.do === 'cut') this.#cut(incoming, onward, meddling.after);
    else incoming.pipe(onward);
  }

  /** The server behind may be one of many at its address, and speak TLS: it is asked by its own name. */
  #onward(method: string, path: string, headers: IncomingMessage['headers']): ClientRequest {
    const { protocol, hostname, port, host } = this.target;
    const request = protocol === 'https:' ? requestSecure : requestPlain;
    return request({ host: hostname, port, method, path, headers: { ...headers, host }, agent: false });
  }

  #connect(): Socket {
    const { protocol, hostname, port } = this.target;
    if (protocol !== 'https:') return connect(Number(port || 80), hostname);
    return connectSecure({ port: Number(port || 443), host: hostname, servername: hostname, ALPNProtocols: ['http/1.1'] });
  }

  #cut(incoming: IncomingMessage, onward: ClientRequest, after: number): void {
    let left = after;
    incoming.on('data', (chunk: Buffer) => {
      if (left < 0) return;
      const over = chunk.length > left;
      // What was passed on is on its way before the line ends.
      onward.write(chunk.subarray(0, left), () => {
        if (!over) return;
        onward.destroy();
        incoming.socket.destroy();
      });
      left -= chunk.length;
    });
    incoming.on('end', () => left >= 0 && onward.end());
  }

  #upgrade(incoming: IncomingMessage, near: Duplex, head: Buffer): void {
    const meddling = this.meddle({ method: 'UPGRADE', path: incoming.url ?? '', headers: incoming.headers });
    // Nobody else listens to it any more: a page that leaves in this moment resets it.
    near.on('error', () => near.destroy());
    if (meddling.do === 'answer') return void near.end(`HTTP/1.1 ${meddling.status} Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    if (meddling.do === 'swallow') return void near.resume();
    if (meddling.do !== 'pass') return void near.destroy();
    const far = this.#connect();
    const lines = [`${incoming.method} ${incoming.url} HTTP/1.1`];
    for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
      const name = incoming.rawHeaders[index] ?? '';
      lines.push(`${name}: ${name.toLowerCase() === 'host' ? this.target.host : incoming.rawHeaders[index + 1]}`);
    }
    far.write(`${lines.join('\r\n')}\r\n\r\n`);
    far.write(head);
    far.pipe(near);
    near.pipe(far);
    for (const [one, other] of [[near, far], [far, near]] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  }

  /** Ends every connection; new ones can be made. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function drip(incoming: IncomingMessage, outgoing: ServerResponse): void {
  incoming.resume();
  outgoing.writeHead(200, { 'content-type': 'application/json' });
  const drop = (): void => void outgoing.write(' ');
  drop();
  const dripping = setInterval(drop, 1_000);
  outgoing.on('close', () => clearInterval(dripping));
}
