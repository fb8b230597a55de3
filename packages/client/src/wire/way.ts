import type { Clock } from '@earshot/base/clock.ts';
import type { Failure } from '@earshot/protocol/failures.ts';
import type { TransportRequest } from '../transport.ts';
import { BEST, next, type Outcome, rungAt, type Standing } from './ladder.ts';

/** As HTTP means it; every method through POST; that, and pieces of uploads as plain bytes. */
const FORMS = 3;
/** A WebSocket; requests that wait for news. */
const WAYS_TO_HEAR = 2;

const PIECE = 'application/offset+octet-stream';
const PLAIN = 'application/octet-stream';

/** What passes between this device and the server, as far as it was found out in this run. */
export class Way {
  readonly #clock: Clock;
  #forms: Standing = BEST;
  #hearing: Standing = BEST;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The request in the form that passes. */
  form(request: TransportRequest): TransportRequest {
    const rung = rungAt(this.#forms, this.#clock.now());
    const { method, headers = {} } = request;
    if (rung === 0 || isPlain(request)) return request;
    const type = headers['content-type'] === PIECE && rung === 2 ? { 'content-type': PLAIN } : {};
    const override = method === 'GET' || method === 'POST' ? {} : { 'x-http-method-override': method };
    return { ...request, method: method === 'GET' ? 'GET' : 'POST', headers: { ...headers, ...type, ...override } };
  }

  /** How a request went; `failure` is null when the server did as asked. True when another form of it is worth trying at once. */
  went(request: TransportRequest, failure: Failure | null): boolean {
    const outcome = outcomeOf(failure);
    if (outcome === null) return false;
    // Asking where an upload stands passes more easily than its bytes do, and says little about them.
    const plain = isPlain(request) || request.method === 'HEAD';
    if (plain && outcome === 'passed') {
      this.#forms = this.#next(this.#forms, FORMS, 'plain');
      this.#hearing = this.#next(this.#hearing, WAYS_TO_HEAR, 'plain');
    }
    if ((plain && outcome !== 'refused') || isPlain(request) || failure?.evidence['status'] === 413) return false;
    const before = this.#rung(this.#forms);
    this.#forms = this.#next(this.#forms, FORMS, outcome);
    return outcome === 'refused' && this.#rung(this.#forms) > before;
  }

  /** Whether an open connection is worth trying. */
  get opens(): boolean {
    return this.#rung(this.#hearing) === 0;
  }

  /** Whether anything came through the open connection. */
  heard(anything: boolean): void {
    this.#hearing = this.#next(this.#hearing, WAYS_TO_HEAR, anything ? 'passed' : 'dropped');
  }

  #rung(standing: Standing): number {
    return rungAt(standing, this.#clock.now());
  }

  #next(standing: Standing, rungs: number, outcome: Outcome): Standing {
    return next(standing, rungs, outcome, this.#clock.now());
  }
}

/** Nothing but what every page on the web needs. */
function isPlain({ method, headers }: TransportRequest): boolean {
  return method === 'GET' || (method === 'POST' && headers?.['content-type'] !== PIECE);
}

/** Null when it says nothing: a proxy that waits for the server knows no more than we do. */
function outcomeOf(failure: Failure | null): Outcome | null {
  switch (failure?.code) {
    case 'network.foreign':
      return 'refused';
    case 'network.unreachable':
    case 'network.stalled':
      return 'dropped';
    case 'server.busy':
      return null;
    default:
      return 'passed';
  }
}
