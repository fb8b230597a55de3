import { fromUtf8 } from '@earshot/base/encoding.ts';
import { Failure, isFailureCode } from '@earshot/protocol/failures.ts';
import { type Answer, type Command, failureAnswer, type RouteName, routes } from '@earshot/protocol/routes.ts';
import * as v from 'valibot';
import type { Transport, TransportAnswer, TransportRequest } from '../transport.ts';

/** The server as typed calls. What it refuses and what does not look like it becomes a `Failure`. */
export class Api {
  readonly transport: Transport;
  /** Bearer token of programs; browsers have a cookie. */
  token: string | null = null;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  get headers(): Record<string, string> {
    return this.token === null ? {} : { authorization: `Bearer ${this.token}` };
  }

  /** Any answer of the server that is not an error; rejects with the `Failure` it names otherwise. */
  async raw(request: TransportRequest): Promise<TransportAnswer> {
    const answer = await this.transport.request({ ...request, headers: { ...this.headers, ...request.headers } });
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw await refusal(answer);
  }

  async call<N extends RouteName>(name: N, input: { params?: Readonly<Record<string, string>>; query?: string; body?: Command<N>; signal?: AbortSignal } = {}): Promise<Answer<N>> {
    const { method, path, answer } = routes[name];
    const { params = {}, query, body, signal } = input;
    const filled = path.replace(/:(\w+)/g, (_, field: string) => encodeURIComponent(params[field] ?? ''));
    const response = await this.raw({
      method,
      path: query === undefined ? filled : `${filled}?${query}`,
      ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
    return parsed(answer, await response.bytes()) as Answer<N>;
  }
}

function parsed(schema: v.GenericSchema, bytes: Uint8Array): unknown {
  const result = v.safeParse(schema, jsonOf(bytes) ?? {});
  if (!result.success) throw new Failure('network.foreign', { reason: 'answer' });
  return result.output;
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes)) as unknown;
  } catch {
    return undefined;
  }
}

/** The failure that an answer stands for. An answer without our shape comes from somebody on the way, or from a proxy. */
async function refusal(answer: TransportAnswer): Promise<Failure> {
  const { status, headers } = answer;
  const waiting = retryAfter(headers['retry-after']);
  const named = v.safeParse(failureAnswer, jsonOf(await answer.bytes()));
  if (named.success && isFailureCode(named.output.error.code)) {
    return new Failure(named.output.error.code, { ...named.output.error.evidence, ...waiting, status });
  }
  if (named.success) return new Failure('request.version', { status, code: named.output.error.code });
  // A HEAD has no body to name its code in.
  const byStatus = { 401: 'session.missing', 404: 'not-found', 410: 'upload.gone', 429: 'server.busy', 502: 'server.busy', 503: 'server.busy', 504: 'server.busy' } as const;
  const code = Object.entries(byStatus).find(([known]) => Number(known) === status)?.[1];
  return new Failure(code ?? (status >= 500 ? 'server.fault' : 'network.foreign'), { ...waiting, status });
}

/** Seconds, as evidence; the form with a date is not used by our server. */
function retryAfter(header: string | undefined): { retryAfter?: number } {
  const seconds = Number(header);
  return header !== undefined && Number.isFinite(seconds) && seconds >= 0 ? { retryAfter: seconds } : {};
}
