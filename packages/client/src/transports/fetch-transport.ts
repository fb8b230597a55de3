import { Failure } from '@earshot/protocol/failures.ts';
import type { Transport, TransportAnswer, TransportRequest } from '../transport.ts';
import { openLive } from './live-socket.ts';

export interface FetchTransportOptions {
  /** Origin of the server, e.g. `https://voice.example.org`. */
  readonly server: string;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds without any answered byte after which a connection counts as dead. */
  readonly stallTimeout?: number;
  /** Whether a WebSocket takes headers (Node's does, browsers send the cookie instead). */
  readonly socketHeaders: boolean;
}

/** Longer than a request waits for news (`limits.newsWait`). Those that carry much say themselves how long they may take. */
export const STALL_TIMEOUT = 15_000;

/** `fetch` and the global WebSocket. */
export function fetchTransport(options: FetchTransportOptions): Transport {
  const { server, headers = {}, stallTimeout = STALL_TIMEOUT, socketHeaders } = options;
  return {
    request: (request) => send(`${server}${request.path}`, { ...request, headers: { ...headers, ...request.headers } }, request.patience ?? stallTimeout),
    connect: (path, extra, handlers) => openLive(server, path, socketHeaders ? { ...headers, ...extra } : null, handlers),
  };
}

async function send(url: string, request: TransportRequest, stallTimeout: number): Promise<TransportAnswer> {
  const stall = new AbortController();
  const signal = request.signal ? AbortSignal.any([stall.signal, request.signal]) : stall.signal;
  const timer = setTimeout(() => stall.abort(), stallTimeout);
  try {
    const { method, headers, body } = request;
    const response = await fetch(url, { method, signal, cache: 'no-store', credentials: 'same-origin', redirect: 'manual', ...(headers && { headers }), ...(body !== undefined && { body }) });
    const bytes = memoized(() => read(response, stall, stallTimeout, request));
    return { status: response.status, headers: Object.fromEntries(response.headers), bytes };
  } catch (error) {
    throw networkFailure(error, stall, request);
  } finally {
    clearTimeout(timer);
  }
}

async function read(response: Response, stall: AbortController, stallTimeout: number, request: TransportRequest): Promise<Uint8Array<ArrayBuffer>> {
  if (response.body === null) return new Uint8Array();
  const length = Number(response.headers.get('content-length') ?? 0);
  // A short answer is in one packet with its head: one timer for all of it costs less than a reader.
  if (length > 0 && length <= 65_536) return await whole(response, stall, stallTimeout, request);
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  for (;;) {
    const timer = setTimeout(() => stall.abort(), stallTimeout);
    try {
      const { value, done } = await reader.read();
      if (done) return joined(chunks);
      chunks.push(value);
    } catch (error) {
      throw networkFailure(error, stall, request);
    } finally {
      clearTimeout(timer);
    }
  }
}

async function whole(response: Response, stall: AbortController, stallTimeout: number, request: TransportRequest): Promise<Uint8Array<ArrayBuffer>> {
  const timer = setTimeout(() => stall.abort(), stallTimeout);
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw networkFailure(error, stall, request);
  } finally {
    clearTimeout(timer);
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function memoized<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => (made ??= make());
}

function networkFailure(error: unknown, stall: AbortController, { signal, path }: TransportRequest): unknown {
  if (signal?.aborted) return signal.reason;
  // The path without its query: it may be logged.
  const evidence = { path: path.split('?')[0] ?? path };
  return new Failure(stall.signal.aborted ? 'network.stalled' : 'network.unreachable', evidence, { cause: error });
}
