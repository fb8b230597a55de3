import type { Clock } from '@earshot/base/clock.ts';
import { fromUtf8 } from '@earshot/base/encoding.ts';
import { Failure, isFailureCode } from '@earshot/protocol/failures.ts';
import { failureAnswer, liveRoute, routes, uploadRoutes } from '@earshot/protocol/routes.ts';
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
  const hello = await ask(api.transport, { method: 'GET', path: routes.server.path, signal });
  const known = v.safeParse(routes.server.answer, hello.json);
  const first = { offline: offline(), deviceNow: clock.now(), serverNow: known.success ? known.output.now : null, latest };
  const seen = known.success ? ({ by: 'server', code: null } as const) : hello.seen;
  if (seen.by !== 'server') return { ...first, hello: seen, status: null, upload: null, socket: null };
  // The upload has no length, so the server refuses it unread; that it is the server who refuses is all we want to know.
  const [status, upload, opens] = await Promise.all([
    ask(api.transport, { method: 'GET', path: routes.status.path, signal }),
    askTwice(api.transport, { method: 'POST', path: uploadRoutes.collection, headers: { ...api.headers, 'tus-resumable': '1.0.0', 'content-type': 'application/offset+octet-stream' }, body: new Uint8Array(SOUND), signal }),
    socket ? opensSocket(ports) : null,
  ]);
  const told = v.safeParse(routes.status.answer, status.json);
  return { ...first, hello: seen, status: told.success ? told.output : null, upload: upload.seen, socket: opens };
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
  const text = fromUtf8(bytes);
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

async function opensSocket({ api, clock, signal, patience = PATIENCE }: ProbePorts): Promise<boolean> {
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
