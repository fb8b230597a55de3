import { Readable } from 'node:stream';
import type { Log } from '@earshot/base/log.ts';
import { utf8 } from '@earshot/base/encoding.ts';
import { limits } from '@earshot/protocol/limits.ts';
import type { Retention } from '@earshot/protocol/retention.ts';
import { MemoryFanOut } from '@earshot/server/fanout/memory.ts';
import { makeApp } from '@earshot/server/http/app.node.ts';
import type { Context } from '@earshot/server/http/context.ts';
import { Hub } from '@earshot/server/live/hub.ts';
import { RecentEvents } from '@earshot/server/logs/recent-events.ts';
import type { Ports } from '@earshot/server/ports.ts';
import { removeLeftovers, sweep } from '@earshot/server/retention/sweep.ts';
import { Allowance } from '@earshot/server/status/allowance.ts';
import { MemoryMachine } from '@earshot/server/status/machine.ts';
import { Vitals } from '@earshot/server/status/vitals.ts';
import { Watch } from '@earshot/server/status/watch.ts';
import { nodeSums } from '@earshot/server/uploads/sums.node.ts';
import { Uploads } from '@earshot/server/uploads/uploads.ts';
import type { FastifyInstance } from 'fastify';
import type { Dice } from './dice.ts';
import { Life } from './life.ts';
import { ServerDisk } from './server-disk.ts';
import { clockOf, type Skew, type VirtualTime } from './time.ts';
import type { Trace } from './trace.ts';

export interface ServerRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;
  /** The line breaks after so many bytes of the body; null when all of it comes. */
  readonly cut: number | null;
}

export interface ServerAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** One process of the server, from its start until it is killed. */
export interface ServerRun {
  readonly life: Life;
  readonly ports: Ports;
  readonly hub: Hub;
}

/** Milliseconds. */
const FOR_EVER = 1e14;

const site = { origin: 'http://localhost', accepts: () => true };

/** Answers so small that devices which were away for a while come back to several of them; and a device may be away for years and need not be signed in anew. */
const simulatedLimits = { ...limits, eventsPerPage: 100, sessionIdle: FOR_EVER };

/**
 * The routes of the server. Making them takes longer than a short simulation, so that all servers of this process have them in
 * turn. A request that belongs to a killed one waits for that one's store, which never answers.
 */
export class ServerApp {
  readonly app: FastifyInstance;
  readonly #serving: { context: Context | null };

  private constructor(app: FastifyInstance, serving: { context: Context | null }) {
    this.app = app;
    this.#serving = serving;
  }

  static async make(): Promise<ServerApp> {
    const serving: { context: Context | null } = { context: null };
    const now = (): Context => {
      if (serving.context === null) throw new Error('assertion: nobody serves yet');
      return serving.context;
    };
    // The limits are asked for while the routes are made, the rest with each request.
    const ports = new Proxy({ limits } as Ports, { get: (fixed, name: keyof Ports) => (name === 'limits' ? fixed.limits : now().ports[name]) });
    const app = await makeApp({ ports, get recent() { return now().recent; }, get uploads() { return now().uploads; }, get hub() { return now().hub; }, push: null, get status() { return now().status; }, get echoes() { return now().echoes; }, get challenges() { return now().challenges; }, site }, {});
    await app.ready();
    return new ServerApp(app, serving);
  }

  serve(context: Context): void {
    this.#serving.context = context;
  }
}

const passwords = { hash: async (password: string) => `plain:${password}`, verify: async (password: string, stored: string | null) => stored === `plain:${password}` };

/** Spoils what a server is made of. */
export type Plant = (ports: Ports) => Ports;

const soundly: Plant = (ports) => ports;

/** The machine that the server runs on: disks that stay, and a process that comes and goes. */
export class ServerHost {
  readonly skew: Skew = { offset: 0 };
  readonly disk: ServerDisk;
  readonly #app: ServerApp;
  readonly #time: VirtualTime;
  readonly #dice: Dice;
  readonly #trace: Trace;
  readonly retention: Retention;
  readonly #plant: Plant;
  /** Uploads that were given up because their owner had no place left for others. */
  readonly yielded = new Set<string>();
  run: ServerRun | null = null;
  #starting: Promise<void> | null = null;

  constructor(time: VirtualTime, dice: Dice, trace: Trace, app: ServerApp, retention: Retention, plant: Plant = soundly) {
    this.#app = app;
    this.#time = time;
    this.#dice = dice;
    this.#trace = trace;
    this.retention = retention;
    this.#plant = plant;
    this.disk = new ServerDisk(time, dice);
  }

  start(): Promise<void> {
    this.#starting ??= this.#start().finally(() => (this.#starting = null));
    return this.#starting;
  }

  /** As `startServer` joins the parts, with this world's ports and without a network. */
  async #start(): Promise<void> {
    if (this.run !== null) return;
    const life = new Life();
    const log: Log = { info: (event, { blob } = {}) => void (event === 'idle upload makes room' && typeof blob === 'string' && this.yielded.add(blob)), warn: (event, fields) => this.#trace.say(`server: ${event} ${String(fields?.['reason'] ?? '').split('\n')[0]}`) };
    const ports = this.#plant({
      store: this.disk.openStore(life), blobs: this.disk.openBlobs(life), fanout: new MemoryFanOut(), sums: nodeSums, passwords,
      clock: clockOf(this.#time, this.skew, life), random: this.#dice, log, limits: simulatedLimits, retention: this.retention,
    });
    const recent = new RecentEvents(ports);
    await removeLeftovers(ports);
    const hub = new Hub(ports, recent);
    this.run = { life, ports, hub };
    const status = { watch: new Watch({ ...ports, vitals: new Vitals(ports.clock), machine: new MemoryMachine() }), allowance: new Allowance(ports.clock, limits.statusPerAddress) };
    const [echoes, challenges] = [new Allowance(ports.clock, limits.echoesPerAddress), new Allowance(ports.clock, limits.challengesPerAddress)];
    this.#app.serve({ ports, recent, uploads: new Uploads(ports), hub, push: null, status, echoes, challenges, site });
    this.#trace.say('server: up');
  }

  /** Between any two writes, or in the middle of one. */
  kill(): void {
    this.#trace.say('server: killed');
    this.run?.life.end();
    this.run = null;
  }

  /** What its clock shows. */
  get now(): number {
    return Math.floor(this.#time.wall + this.skew.offset);
  }

  /** What the upkeep does every few minutes. */
  async sweep(): Promise<void> {
    if (this.run === null) return;
    await sweep(this.run.ports);
  }

  /** The answer of the process that runs now; never, when it is killed meanwhile. */
  request(run: ServerRun, request: ServerRequest): Promise<ServerAnswer> {
    return run.life.guard(inject(this.#app.app, request));
  }
}

async function inject(app: FastifyInstance, { method, path, headers, body, cut }: ServerRequest): Promise<ServerAnswer> {
  const whole = body === null || body.length === 0 ? null : Buffer.from(body.buffer, body.byteOffset, body.length);
  const length = whole === null ? {} : { 'content-length': String(whole.length) };
  const payload = whole === null ? null : cut === null ? whole : broken(whole.subarray(0, cut));
  const answer = await app.inject({ method: method as 'GET', url: path, headers: { ...headers, ...length }, ...(payload !== null && { payload }) });
  const named = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)]);
  const bytes = answer.rawPayload;
  return { status: answer.statusCode, headers: Object.fromEntries(named), body: bytes.length === 0 ? utf8('') : new Uint8Array(bytes) };
}

/** Bytes that come, and then the connection is reset. The server gets a moment to take in what came. */
function broken(bytes: Buffer): Readable {
  let given = false;
  const stream: Readable = new Readable({
    read: () => {
      if (!given && bytes.length > 0) {
        given = true;
        stream.push(bytes);
        return;
      }
      let turns = 3;
      const later = (): void => {
        turns -= 1;
        if (turns > 0) setImmediate(later);
        else stream.destroy(Object.assign(new Error('the line broke'), { code: 'ECONNRESET' }));
      };
      setImmediate(later);
    },
  });
  return stream;
}
