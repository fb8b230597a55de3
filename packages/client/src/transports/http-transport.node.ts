import { Agent, type ClientRequest, type IncomingMessage, request as requestPlain } from 'node:http';
import { Agent as SecureAgent, request as requestSecure } from 'node:https';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Transport, TransportAnswer, TransportRequest } from '../transport.ts';
import { STALL_TIMEOUT } from './fetch-transport.ts';
import { openLive } from './live-socket.ts';

export interface HttpTransportOptions {
  /** Origin of the server, e.g. `https://voice.example.org`. */
  readonly server: string;
  /** Milliseconds without any byte in either direction after which a connection counts as dead. */
  readonly stallTimeout?: number;
}

/** Node's own client and the global WebSocket: half the time of `fetch` for each request, and none of its streams. */
export function httpTransport({ server, stallTimeout = STALL_TIMEOUT }: HttpTransportOptions): Transport {
  const secure = server.startsWith('https:');
  const agent = secure ? new SecureAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
  const open = secure ? requestSecure : requestPlain;
  return {
    request: (request) => {
      const { method, path, headers = {}, body, signal } = request;
      // An aborted request is torn down by us, so that its reason is the signal's and not the socket's.
      if (signal?.aborted) return Promise.reject(signal.reason);
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
      const call = open(`${server}${path}`, { method, agent, headers: { ...headers, ...length } });
      const sending = answer(call, request, stallTimeout);
      call.end(body);
      return sending;
    },
    connect: (path, headers, handlers) => openLive(server, path, headers, handlers),
  };
}

/** Resolves with the head; the bytes are read from the start, whoever asks for them. */
function answer(call: ClientRequest, { path, signal }: TransportRequest, stallTimeout: number): Promise<TransportAnswer> {
  const stop = (): void => void call.destroy(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  // The path without its query: it may be logged.
  const evidence = { path: path.split('?')[0] ?? path };
  let stalled = false;
  const named = (error: Error): unknown => (signal?.aborted ? signal.reason : new Failure(stalled ? 'network.stalled' : 'network.unreachable', evidence, { cause: error }));
  call.setTimeout(stallTimeout, () => {
    stalled = true;
    call.destroy();
  });
  call.once('close', () => signal?.removeEventListener('abort', stop));
  return new Promise((resolve, reject) => {
    call.on('error', (error) => reject(named(error)));
    call.once('response', (response) => {
      const bytes = whole(response, named);
      // Whether it came whole is asked by whoever wants the bytes.
      bytes.catch(() => undefined);
      resolve({ status: response.statusCode ?? 0, headers: singleHeaders(response), bytes: () => bytes });
    });
  });
}

function whole(response: IncomingMessage, named: (error: Error) => unknown): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', (error) => reject(named(error)));
    // Node's buffers lie in shared pools: the port promises arrays of their own.
    response.once('end', () => resolve(new Uint8Array(Buffer.concat(chunks))));
  });
}

function singleHeaders({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]));
}
