import { mkdtemp, rm } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { toBase64Url, utf8 } from '@earshot/base/encoding.ts';
import { makeId } from '@earshot/base/ids.ts';
import { silentLog } from '@earshot/base/log.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { directLogId, type Envelope, groupLogId, type LoggedEvent } from '@earshot/protocol/envelope.ts';
import type { Cursor } from '@earshot/protocol/logs.ts';
import type { Device, Invitation, LogInfo, Passkey, Person } from '@earshot/protocol/people.ts';
import type { FailureAnswer } from '@earshot/protocol/addresses.ts';
import { WebSocket } from 'ws';
import type { RunningServer, ServerOptions } from '../options.ts';
import { openOperator } from '../operator.ts';
import { startServer } from '../server.ts';
import { newDevice, TestChain } from './keys.ts';
import { Rooms } from './rooms.ts';

export const newId = (): string => makeId(systemRandom);
export const hashOf = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
export const noise = (length: number): Uint8Array<ArrayBuffer> => Uint8Array.from({ length }, (_, at) => (at * 7 + (at >> 8) * 13 + 5) & 255);

/** A server on a folder of its own, both gone when the test ends. */
export async function startWorld(t: TestContext, options: Partial<ServerOptions> = {}): Promise<World> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'earshot-server-')));
  const server = await startServer({ host: '127.0.0.1', port: 0, log: silentLog, ...options, dataDir });
  const world = new World(server, dataDir);
  t.after(async () => {
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  return world;
}

export class World {
  readonly server: RunningServer;
  readonly dataDir: string;
  readonly base: string;
  readonly rooms = new Rooms();

  constructor(server: RunningServer, dataDir: string) {
    this.server = server;
    this.dataDir = dataDir;
    this.base = `http://127.0.0.1:${server.port}`;
  }

  /** A secret that the operator registered. */
  async invitation(forHandle?: string): Promise<string> {
    await using operator = openOperator(this.dataDir);
    const secret = newId();
    await operator.invite({ secretSha256: hashOf(secret), ...(forHandle === undefined ? {} : { for: forHandle }) });
    return secret;
  }

  /** Joins without a password, which spares the tests the slow hash. */
  async join(handle: string, options: { readonly invitation?: string; readonly password?: string } = {}): Promise<Caller> {
    const device = newId();
    const invitation = options.invitation ?? (await this.invitation());
    const { password } = options;
    const { chain, command } = await TestChain.begin(newId(), newDevice(device));
    const answer = await call(this.base, null, 'POST', '/v1/join', { invitation, handle, name: handle.toUpperCase(), device: { id: device, name: 'test' }, chain: command, ...(password === undefined ? {} : { password }) });
    if (answer.status !== 200) throw new Error(`join: ${JSON.stringify(answer.json)}`);
    return new Caller(this.base, answer.json.person, device, answer.json.token ?? '', chain, this.rooms);
  }
}

/** All that answers may hold: a test looks at what it asked for, and finds undefined where it is not. */
export interface AnswerBody {
  readonly person: string;
  readonly token: string | null;
  readonly device: string;
  readonly seq: number;
  readonly at: number;
  readonly head: number;
  readonly more: boolean;
  readonly used: number;
  readonly events: readonly LoggedEvent[];
  readonly logs: readonly (LogInfo & { readonly log: LogInfo; readonly events: readonly LoggedEvent[] })[];
  readonly cursors: readonly Cursor[];
  readonly people: readonly Person[];
  readonly devices: readonly Device[];
  readonly invitations: readonly Invitation[];
  readonly passkeys: readonly Passkey[];
  readonly challenge: string;
  readonly options: { readonly challenge: string };
  readonly error: FailureAnswer['error'];
  readonly [other: string]: unknown;
}

export interface JsonAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: AnswerBody;
  readonly text: string;
  /** Of a refusal. */
  readonly code: string | undefined;
}

export async function call(base: string, token: string | null, method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<JsonAnswer> {
  const response = await fetch(base + path, {
    method,
    headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: body instanceof Uint8Array ? (body as Uint8Array<ArrayBuffer>) : typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = ((response.headers.get('content-type') ?? '').includes('json') && text !== '' ? JSON.parse(text) : {}) as AnswerBody;
  const code = 'error' in json ? json.error.code : undefined;
  return { status: response.status, headers: response.headers, json, text, code };
}

/** A person's device. */
export class Caller {
  readonly base: string;
  readonly person: string;
  readonly device: string;
  readonly token: string;
  /** The person's, where this device has it. */
  readonly chain: TestChain | null;
  readonly rooms: Rooms;

  constructor(base: string, person: string, device: string, token: string, chain: TestChain | null = null, rooms = new Rooms()) {
    this.base = base;
    this.person = person;
    this.device = device;
    this.token = token;
    this.chain = chain;
    this.rooms = rooms;
  }

  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<JsonAnswer> {
    return call(this.base, this.token, method, path, body, headers);
  }

  envelope(log: string, change: Partial<Envelope> = {}): Envelope {
    const envelope: Envelope = { version: 1, id: newId(), log, device: this.device, generation: 1, class: 'message', blobs: [], refers: [], expiry: 'never', ...change };
    return change.generation === undefined ? { ...envelope, generation: this.rooms.generationFor(this.person, envelope) } : envelope;
  }

  /** With the grants that belong to it, unless others are given. */
  async post(envelope: Envelope, body: Uint8Array | string = 'body', grants = this.rooms.grantsFor(this.person, envelope)): Promise<JsonAnswer> {
    const answer = await this.call('POST', `/v1/logs/${envelope.log}/events`, { envelope, body: toBase64Url(typeof body === 'string' ? utf8(body) : body), grants });
    if (answer.status === 200) this.rooms.accepted(this.person, envelope);
    return answer;
  }

  /** A direct conversation with `other`, made unless it is there. */
  async direct(other: string): Promise<string> {
    const log = await directLogId(this.person, other);
    await this.post(this.envelope(log, { class: 'create', membership: { kind: 'direct', add: [other] } }));
    return log;
  }

  async group(others: readonly string[]): Promise<string> {
    const id = newId();
    const log = await groupLogId(id);
    const answer = await this.post(this.envelope(log, { id, class: 'create', membership: { kind: 'group', add: [...others] } }));
    if (answer.status !== 200) throw new Error(`group: ${answer.text}`);
    return log;
  }

  tus(method: string, path: string, headers: Record<string, string>, body?: Uint8Array): Promise<JsonAnswer> {
    return this.call(method, path, body, { 'tus-resumable': '1.0.0', ...(body === undefined ? {} : { 'content-type': 'application/offset+octet-stream' }), ...headers });
  }

  /** Uploads all of `bytes` with the creation. */
  async upload(bytes: Uint8Array, id = newId()): Promise<{ readonly id: string; readonly length: number; readonly sha256: string }> {
    const answer = await this.tus('POST', '/v1/uploads', { 'upload-length': String(bytes.length), 'upload-metadata': `id ${Buffer.from(id).toString('base64')}` }, bytes);
    if (answer.status !== 201) throw new Error(`upload: ${answer.status} ${answer.text}`);
    return { id, length: bytes.length, sha256: hashOf(bytes) };
  }

  async live(): Promise<Live> {
    const socket = new WebSocket(`${this.base.replace('http', 'ws')}/v1/live`, { headers: { authorization: `Bearer ${this.token}` } });
    const live = new Live(socket);
    await live.frame('hello');
    return live;
  }
}

interface Frame {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** An open connection that keeps what it heard. */
export class Live implements Disposable {
  readonly socket: WebSocket;
  readonly frames: Frame[] = [];
  readonly closed: Promise<number>;
  #wake: () => void = () => undefined;

  constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => void socket.on('close', resolve));
    socket.on('error', () => socket.terminate());
    socket.on('message', (data) => {
      this.frames.push(JSON.parse((data as Buffer).toString('utf8')) as Frame);
      this.#wake();
    });
  }

  /** The next frame of this type that fits, taken out; frames of other types stay. */
  async frame(type: string, fits: (frame: Frame) => boolean = () => true): Promise<Frame> {
    for (;;) {
      const at = this.frames.findIndex((frame) => frame.type === type && fits(frame));
      const [found] = at < 0 ? [] : this.frames.splice(at, 1);
      if (found) return found;
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no ${type} frame; have ${JSON.stringify(this.frames)}`)), 60_000);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  [Symbol.dispose](): void {
    this.socket.terminate();
  }
}
