import { fromUtf8, utf8 } from '@earshot/base/encoding.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { LiveConnection, LiveHandlers, Transport, TransportAnswer, TransportRequest } from '@earshot/client/transport.ts';
import type { Acknowledged } from './acknowledged.ts';
import type { Dice } from './dice.ts';
import type { Life } from './life.ts';
import { LiveLine } from './live-line.ts';
import type { ServerAnswer, ServerHost, ServerRequest } from './server-host.ts';
import type { VirtualTime } from './time.ts';
import type { Trace } from './trace.ts';

/** How the way to the server is at the moment. */
export type Weather =
  | 'fine'
  /** Every request may meet a fault of its own. */
  | 'rough'
  /** Refused at once. */
  | 'down'
  /** Swallows everything, and says nothing. */
  | 'hole'
  /** Somebody else answers. */
  | 'captive';

export interface LinkPorts {
  readonly time: VirtualTime;
  readonly dice: Dice;
  readonly trace: Trace;
  readonly server: ServerHost;
  readonly acknowledged: Acknowledged;
  /** The device says that it holds a log up to a number. */
  readonly claimed: (log: string, delivered: number) => void;
  readonly tamper?: Tamper | undefined;
}

/** A planted fault: what a device gets instead of the server's answer. `ask` asks the server. */
export type Tamper = (request: ServerRequest, ask: () => Promise<ServerAnswer>) => Promise<ServerAnswer>;

/** As long as the production transport waits for a byte. */
const STALL = 15_000;
const STORAGE_FULL = 507;

/** The way of one device to the server, with everything that may befall it. */
export class Link {
  readonly name: string;
  readonly ports: LinkPorts;
  weather: Weather = 'fine';
  /** Milliseconds to the server, at best. */
  distance = 10;
  readonly lines = new Set<LiveLine>();

  constructor(name: string, ports: LinkPorts) {
    this.name = name;
    this.ports = ports;
  }

  /** The weather changes; connections that cannot live in it end with it, some of them without a word. */
  become(weather: Weather): void {
    this.weather = weather;
    if (weather === 'fine' || weather === 'rough') return;
    for (const line of this.lines) {
      if (weather === 'down') line.cut();
      else line.mute();
    }
  }

  /** What a program on the device has of it. */
  transport(life: Life): Transport {
    return {
      request: (request) => life.guard(abortable(request.signal, this.#carry(request), life)),
      connect: (_path, headers, handlers) => this.#connect(headers, handlers, life),
    };
  }

  delay(): number {
    const { dice } = this.ports;
    const slow = this.weather === 'rough' && dice.chance(0.1) ? dice.between(0, 20_000) : 0;
    return this.distance * dice.between(1, 3) + slow;
  }

  async #carry(request: TransportRequest): Promise<TransportAnswer> {
    const { time, dice, trace, acknowledged } = this.ports;
    const body = request.body === undefined ? null : typeof request.body === 'string' ? utf8(request.body) : request.body.slice();
    const sent: ServerRequest = { method: request.method, path: request.path, headers: request.headers ?? {}, body, cut: null };
    const claim = /^\/v1\/logs\/(\w+)\/cursor$/.exec(request.path)?.[1];
    if (claim !== undefined) this.ports.claimed(claim, (JSON.parse(String(request.body)) as { delivered: number }).delivered);
    const what = `${this.name}: ${request.method} ${request.path}${body === null ? '' : ` ${body.length} B`}`;
    await this.#weathered(what);
    const fate = this.weather === 'rough' ? fateOf(dice, body?.length ?? 0) : 'arrives';
    trace.say(`${what} ${fate}`);
    const heard = acknowledged.expecting(sent);
    await time.sleep(this.delay() + (body?.length ?? 0) / 500);
    const answer = await this.#served(sent, fate);
    await time.sleep(this.delay() + answer.body.length / 500);
    await this.#weathered(what);
    trace.say(`${what} = ${answer.status}${answer.status < 400 ? '' : ` ${fromUtf8(answer.body).slice(0, 160)}`}`);
    if (answer.status === STORAGE_FULL && reads(request)) trace.violation(`${what} only reads, and was refused by a full disk`);
    if (fate !== 'answer torn') heard(answer);
    return shown(answer, fate === 'answer torn');
  }

  /** Gets through, or fails as this weather makes requests fail. */
  async #weathered(what: string): Promise<void> {
    const { time, dice, trace } = this.ports;
    if (this.weather === 'fine' || this.weather === 'rough') return;
    trace.say(`${what} ${this.weather}`);
    if (this.weather === 'captive') throw new Failure('network.foreign', { status: 302 });
    const hole = this.weather === 'hole';
    await time.sleep(hole ? STALL : dice.between(1, 60));
    throw new Failure(hole ? 'network.stalled' : 'network.unreachable', {});
  }

  async #served(request: ServerRequest, fate: Fate): Promise<ServerAnswer> {
    const { server, dice, time } = this.ports;
    if (fate === 'lost') return await this.#nothing();
    if (fate === 'proxy busy') return { status: dice.pick([502, 503, 504, 429]), headers: { 'retry-after': String(dice.int(0, 5)) }, body: utf8('busy') };
    if (typeof fate === 'number') {
      this.#send({ ...request, cut: fate });
      return await this.#nothing();
    }
    if (fate === 'twice') void time.sleep(dice.between(0, dice.chance(0.2) ? 120_000 : 2_000)).then(() => this.#send(request));
    const { run } = server;
    if (run === null) throw new Failure('network.unreachable', {});
    const { tamper } = this.ports;
    const ask = (): Promise<ServerAnswer> => server.request(run, request);
    const answer = tamper === undefined ? ask() : tamper(request, ask);
    if (fate === 'answer lost') return await this.#nothing();
    return await this.#unlessKilled(run.life, answer);
  }

  /** Nobody waits for what comes of it. */
  #send(request: ServerRequest): void {
    const { server, trace } = this.ports;
    if (server.run === null) return;
    // Whoever sees its line break hears no answer; the request's end is that of the line.
    const broke = (error: unknown): boolean => request.cut !== null && error instanceof Error && 'code' in error && error.code === 'ECONNRESET';
    server.request(server.run, request).catch((error: unknown) => broke(error) || trace.violation(`the server threw at ${request.method} ${request.path}: ${String(error)}`));
  }

  async #nothing(): Promise<never> {
    const { dice, time } = this.ports;
    const stalled = dice.chance(0.3);
    await time.sleep(stalled ? STALL : dice.between(1, 500));
    throw new Failure(stalled ? 'network.stalled' : 'network.unreachable', {});
  }

  #unlessKilled<T>(life: Life, answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const forget = life.atEnd(() => this.ports.time.after(this.delay(), () => reject(new Failure('network.unreachable', { reason: 'killed' }))));
      answer.then(resolve, reject).finally(forget);
    });
  }

  #connect(headers: Readonly<Record<string, string>>, handlers: LiveHandlers, life: Life): LiveConnection {
    const line = new LiveLine(this, headers, handlers, life);
    this.lines.add(line);
    line.open();
    return line;
  }
}

/** What a server with a full disk still answers. */
function reads({ method, path }: TransportRequest): boolean {
  return method === 'GET' || method === 'HEAD' || path === '/v1/sync';
}

type Fate = 'arrives' | 'lost' | 'answer lost' | 'answer torn' | 'twice' | 'proxy busy' | number;

/** What a rough way does to one request. A number: the line breaks after so many bytes of its body. */
function fateOf(dice: Dice, bytes: number): Fate {
  const thrown = dice.fraction();
  if (thrown < 0.06) return 'lost';
  if (thrown < 0.12) return 'answer lost';
  if (thrown < 0.15) return 'answer torn';
  if (thrown < 0.2) return 'twice';
  if (thrown < 0.23) return 'proxy busy';
  if (thrown < 0.4 && bytes > 0) return dice.int(0, bytes - 1);
  return 'arrives';
}

function shown({ status, headers, body }: ServerAnswer, torn: boolean): TransportAnswer {
  const bytes = async (): Promise<Uint8Array<ArrayBuffer>> => {
    if (torn && body.length > 0) throw new Failure('network.unreachable', { reason: 'torn' });
    return body;
  };
  return { status, headers, bytes };
}

function abortable<T>(signal: AbortSignal | undefined, work: Promise<T>, life: Life): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason }));
    if (signal.aborted) stop();
    work.then(resolve, reject).finally(life.whenAborted(signal, stop));
  });
}
