import type { Clock } from '@earshot/base/clock.ts';
import { fromAnyUtf8 } from '@earshot/base/encoding.ts';
import { Failure, isFailureCode } from '@earshot/protocol/failures.ts';
import { failureAnswer, liveRoute, uploadRoutes } from '@earshot/protocol/addresses.ts';
import { routes } from '@earshot/protocol/routes.ts';
import type { StatusAnswer } from '@earshot/protocol/status.ts';
import * as v from 'valibot';
import type { Transport, TransportAnswer, TransportRequest } from '../transport.ts';
import type { Api } from '../wire/api.ts';
import type { Probes, Seen } from './judge.ts';

/** Bytes of a probe that looks like sound: more than any filter takes for a question, less than a second on a poor link. */
const SOUND = 16_384;
/** The open connection has to open within this, when nobody says how long. Milliseconds. */
const PATIENCE = 10_000;

export interface ProbePorts {
  readonly api: Pick<Api, 'transport' | 'headers'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly offline: () => boolean;
  /** How long the open connection may take to open, in milliseconds. */
  readonly patience?: number;
}

/** Asks what the way is like. None of the requests changes anything, and none needs a session. `socket`: try the open connection too. */
export async function probeWay(ports: ProbePorts, { socket, latest }: { readonly socket: boolean; readonly latest: number | null }): Promise<Probes> {
  const { api, clock, signal, offline } = ports;
  const { hello: seen, serverNow } = await greet(api.transport, signal);
  const first = { offline: offline(), deviceNow: clock.now(), serverNow, latest };
  if (seen.by !== 'server') return { ...first, hello: seen, status: null, upload: null, socket: null };
  // The upload has no length, so the server refuses it unread; that it is the server who refuses is all we want to know.
  const [status, upload, opens] = await Promise.all([
    askStatus(api.transport, signal),
    askTwice(api.transport, { method: 'POST', path: uploadRoutes.collection, headers: { ...api.headers, 'tus-resumable': '1.0.0', 'content-type': 'application/offset+octet-stream' }, body: new Uint8Array(SOUND), signal }),
    socket ? opensSocket(ports) : null,
  ]);
  return { ...first, hello: seen, status, upload: upload.seen, socket: opens };
}

/** The smallest request: who is there, and what time it is there. */
export async function greet(transport: Transport, signal: AbortSignal): Promise<{ readonly hello: Seen; readonly serverNow: number | null; readonly protocol: number | null }> {
  const { seen, json } = await ask(transport, { method: 'GET', path: routes.server.path, signal });
  const known = v.safeParse(routes.server.answer, json);
  return known.success ? { hello: { by: 'server', code: null }, serverNow: known.output.now, protocol: known.output.protocol } : { hello: seen, serverNow: null, protocol: null };
}

/** How the server says that it is; null when that was not to be had. */
export async function askStatus(transport: Transport, signal: AbortSignal): Promise<StatusAnswer | null> {
  const told = v.safeParse(routes.status.answer, (await ask(transport, { method: 'GET', path: routes.status.path, signal })).json);
  return told.success ? told.output : null;
}

/** One connection that breaks is no filter. */
async function askTwice(transport: Transport, request: TransportRequest): Promise<Asked> {
  const first = await ask(transport, request);
  return first.seen.by === 'nobody' && !first.seen.silent ? await ask(transport, request) : first;
}

export interface Asked {
  readonly seen: Seen;
  readonly json: unknown;
}

/** One request, and who answered it. Rejects with the signal's reason only. */
export async function ask(transport: Transport, request: TransportRequest): Promise<Asked> {
  try {
    const answer = await transport.request(request);
    return seenIn(answer, await answer.bytes());
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { system } = error.evidence;
    return { seen: { by: 'nobody', silent: error.code === 'network.stalled', system: typeof system === 'string' ? system : null }, json: null };
  }
}

function seenIn({ status, headers }: TransportAnswer, bytes: Uint8Array): Asked {
  const text = fromAnyUtf8(bytes);
  const json = jsonOf(text);
  const refused = v.safeParse(failureAnswer, json);
  if (refused.success) return { seen: { by: 'server', code: isFailureCode(refused.output.error.code) ? refused.output.error.code : null }, json };
  const page = (headers['content-type'] ?? '').includes('html') || text.trimStart().startsWith('<');
  // A browser that is told not to follow shows a redirect as status 0.
  return { seen: { by: 'other', status, page, redirect: status === 0 || (status >= 300 && status < 400) }, json };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** Whether the open connection opens in time. Whoever is not signed in is not let in. */
export async function opensSocket({ api, clock, signal, patience = PATIENCE }: Omit<ProbePorts, 'offline'>): Promise<boolean> {
  const known = Promise.withResolvers<boolean>();
  const over = new AbortController();
  const connection = api.transport.connect(liveRoute, api.headers, { opened: () => known.resolve(true), frame: () => undefined, closed: () => known.resolve(false) });
  void clock.sleep(patience, AbortSignal.any([signal, over.signal])).then(() => known.resolve(false));
  try {
    return await known.promise;
  } finally {
    over.abort();
    connection.close();
  }
}
