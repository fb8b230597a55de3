import type { Clock } from '@earshot/base/clock.ts';
import { fromUtf8 } from '@earshot/base/encoding.ts';
import { Failure, isFailureCode } from '@earshot/protocol/failures.ts';
import { failureAnswer, markHeader } from '@earshot/protocol/addresses.ts';
import type { Answer, Command, RouteName } from '@earshot/protocol/routes.ts';
import * as v from 'valibot';
import { script } from '../later.ts';
import type { Transport, TransportAnswer, TransportRequest } from '../transport.ts';
import { Way } from './way.ts';

/** The server as typed calls. What it refuses and what does not look like it becomes a `Failure`. */
export class Api {
  readonly transport: Transport;
  readonly way: Way;
  /** Bearer token of programs; browsers have a cookie. */
  token: string | null = null;
  /** The last request was not answered by the server. */
  /** Whether the server answered when it was last asked; null before it was asked anything. */
  #answered: boolean | null = null;
  #onBack: () => void = () => undefined;

  constructor(transport: Transport, clock: Clock) {
    this.transport = transport;
    this.way = new Way(clock);
  }

  /** Whether the server is known to answer: it did when it was last asked. */
  get answers(): boolean {
    return this.#answered === true;
  }

  /** Calls back when the server answers again after it did not: whatever waits for that need not wait any longer. */
  onBack(listener: () => void): void {
    this.#onBack = listener;
  }

  get headers(): Record<string, string> {
    return this.token === null ? {} : { authorization: `Bearer ${this.token}` };
  }

  /** Any answer of the server that is not an error; rejects with the `Failure` it names otherwise. */
  async raw(request: TransportRequest): Promise<TransportAnswer> {
    for (;;) {
      try {
        const answer = await this.#once(this.way.form(request));
        this.way.went(request, null);
        this.#reached(true);
        return answer;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        const again = this.way.went(request, error);
        this.#reached(!error.code.startsWith('network.'));
        if (!again || request.signal?.aborted) throw error;
      }
    }
  }

  async #once(request: TransportRequest): Promise<TransportAnswer> {
    const answer = await this.transport.request({ ...request, headers: { ...this.headers, ...request.headers } });
    if (answer.status < 200 || answer.status >= 300) throw await refusal(answer);
    if (answer.headers[markHeader] === undefined) throw new Failure('network.foreign', { status: answer.status });
    return answer;
  }

  #reached(answered: boolean): void {
    const back = this.#answered === false && answered;
    this.#answered = answered;
    if (back) this.#onBack();
  }

  async call<N extends RouteName>(name: N, input: { params?: Readonly<Record<string, string>>; query?: string; body?: Command<N>; signal?: AbortSignal } = {}): Promise<Answer<N>> {
    const { method, path, answer } = (await contract()).routes[name];
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

/** What is asked and answered, loaded with the first call: nobody needs it to record. */
const contract = script(() => import('@earshot/protocol/routes.ts'));

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

/** Not spoken by our server, though their numbers sound like it: a proxy knows no such method, or wants to be signed in to. */
const FOREIGN: ReadonlySet<number> = new Set([501, 505, 511]);

/** The failure that an answer stands for. An answer without our mark comes from somebody on the way, or from a proxy. */
async function refusal(answer: TransportAnswer): Promise<Failure> {
  const { status, headers } = answer;
  const waiting = retryAfter(headers['retry-after'], headers[markHeader] === undefined ? STRANGERS_WAIT : Infinity);
  const named = v.safeParse(failureAnswer, jsonOf(await answer.bytes()));
  if (named.success && isFailureCode(named.output.error.code)) {
    return new Failure(named.output.error.code, { ...named.output.error.evidence, ...waiting, status });
  }
  if (named.success) return new Failure('request.version', { status, code: named.output.error.code });
  // A HEAD has no body to name its code in. What a stranger says about sessions and uploads is not believed.
  const ours = { 401: 'session.missing', 404: 'not-found', 410: 'upload.gone' } as const;
  const proxys = { 429: 'server.busy', 502: 'server.busy', 503: 'server.busy', 504: 'server.busy' } as const;
  const byStatus = headers[markHeader] === undefined ? proxys : { ...proxys, ...ours };
  const code = Object.entries(byStatus).find(([known]) => Number(known) === status)?.[1];
  return new Failure(code ?? (status >= 500 && !FOREIGN.has(status) ? 'server.fault' : 'network.foreign'), { ...waiting, status });
}

/** A stranger may name a day for what is over in a minute: so much of it is believed. Seconds. */
const STRANGERS_WAIT = 300;

/** Seconds, as evidence; the form with a date is not used by our server, and would need a clock that both agree on. */
function retryAfter(header: string | undefined, longest: number): { retryAfter?: number } {
  const seconds = Number(header);
  return header !== undefined && Number.isFinite(seconds) && seconds >= 0 ? { retryAfter: Math.min(seconds, longest) } : {};
}
