import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { aborted } from '@earshot/base/aborted.ts';
import type { Clock } from '@earshot/base/clock.ts';
import { utf8 } from '@earshot/base/encoding.ts';
import { seededRandom } from '@earshot/base/random.ts';
import { markHeader } from '@earshot/protocol/addresses.ts';
import type { Body } from '@earshot/protocol/bodies.ts';
import type { EventClass } from '@earshot/protocol/envelope.ts';
import { Session, type SessionRow } from '../../account/session.ts';
import { Bus } from '../../bus.ts';
import type { Happening } from '../../earshot.ts';
import { memoryLocks } from '../../locks/memory.ts';
import type { Reach } from '../../reach/reach.ts';
import type { EventSealer } from '../../sealer.ts';
import type { Store } from '../../store.ts';
import { keys } from '../../stores/keys.ts';
import { memoryStore } from '../../stores/memory.ts';
import { Tasks } from '../../tasks.ts';
import type { Transport, TransportAnswer, TransportRequest } from '../../transport.ts';
import { Api } from '../../wire/api.ts';
import { compose, refOf } from '../compose.ts';
import { Outbox } from '../outbox.ts';
import type { OutboxRow, PartRow } from '../row.ts';

export const SESSION: SessionRow = { person: 'me', handle: 'me', name: 'Me', device: 'device', token: null, locked: false, ended: null };
export const LOG = 'log';

/** A clock whose hands are turned. */
export class TurnedClock implements Clock {
  shows = 1_000_000;
  readonly #waits = new Set<{ readonly end: number; readonly done: () => void }>();

  now(): number {
    return this.shows;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waits.delete(wait);
        resolve();
      };
      const wait = { end: this.shows + milliseconds, done };
      this.#waits.add(wait);
      signal?.addEventListener('abort', done, { once: true });
      if (milliseconds <= 0 || signal?.aborted) done();
    });
  }

  pass(milliseconds: number): void {
    this.shows += milliseconds;
    for (const { end, done } of this.#waits) if (end <= this.shows) done();
  }
}

/** What a server answers, in its own name unless it says otherwise. */
export interface Said {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** Takes everything, until told otherwise. */
export class FakeServer implements Transport {
  readonly asked: string[] = [];
  says: (request: TransportRequest) => Said | null = () => null;
  /** No sooner than this. */
  answers: Promise<void> = Promise.resolve();
  /** The same for what names one of these. */
  readonly held = new Map<string, Promise<void>>();

  async request(request: TransportRequest): Promise<TransportAnswer> {
    const { method, path, body } = request;
    this.asked.push(`${method} ${path}`);
    await Promise.race([this.#silent(path), endOf(request.signal)]);
    const { status, headers = { [markHeader]: '1' }, body: said = { seq: 1, at: 1 } } = this.says(request) ?? { status: 200, headers: { [markHeader]: '1', 'upload-offset': String(body?.length ?? 0) } };
    return { status, headers, bytes: async () => utf8(JSON.stringify(said)) };
  }

  async #silent(path: string): Promise<void> {
    await this.answers;
    for (const [name, end] of this.held) if (path.includes(name)) await end;
  }

  connect(): never {
    throw new Error('nobody connects here');
  }
}

async function endOf(signal?: AbortSignal): Promise<never> {
  await aborted(signal ?? new AbortController().signal);
  throw signal?.reason as Error;
}

export const sealer: EventSealer = {
  seal: async (event, { device }) => ({ ...event, envelope: { ...event.envelope, device }, sealed: { body: 'sealed' } }),
  first: async () => null,
  accepted: async () => undefined,
  refused: async () => undefined,
};

export interface World {
  readonly outbox: Outbox;
  readonly server: FakeServer;
  readonly clock: TurnedClock;
  readonly store: Store;
  readonly told: Happening[];
  /** Another window on the same store. */
  another(): Promise<Outbox>;
  /** Something this person sends; with a part or more, or without one. */
  send(id: string, withPart?: boolean | number, kind?: { readonly class: EventClass; readonly body: Body; readonly refers?: string[] }): Promise<void>;
  at(id: string): Promise<OutboxRow['state']['at'] | undefined>;
}

export async function world(t: TestContext, inner: Store = memoryStore(), events: EventSealer = sealer): Promise<World> {
  const [server, clock, locks, bus] = [new FakeServer(), new TurnedClock(), memoryLocks(), new Bus(null)];
  const told: Happening[] = [];
  bus.on((happening) => void told.push(happening));
  const reach = { failed: () => undefined, passed: () => undefined, explain: (waiting: object) => waiting } as unknown as Reach;
  await inner.commit([{ put: keys.session, value: SESSION }]);
  const open = async (own: Bus, seed: number): Promise<Outbox> => {
    const [api, tasks] = [new Api(server, clock), new Tasks(own)];
    const outbox = new Outbox({ store: inner, events, api, locks, clock, random: seededRandom(seed), session: new Session(inner, api, own), bus: own, tasks, reach });
    t.after(() => tasks.end());
    await outbox.start();
    return outbox;
  };
  const outbox = await open(bus, 1);
  const send: World['send'] = async (id, withPart = false, kind = { class: 'message', body: { kind: 'title', title: id } }) => {
    const parts = Array.from({ length: Number(withPart) }, (_, at): PartRow => ({ blob: `${id}-part${at === 0 ? '' : at}`, key: '', packets: 1, bytes: 3, sealed: 3, sha256: 'hash' }));
    const row: OutboxRow = { id, owner: SESSION.person, conversation: LOG, made: 0, state: { at: 'released', order: 1 }, parts, event: compose({ id, log: LOG, device: SESSION.device, ...kind, blobs: parts.map(refOf) }) };
    await inner.commit([{ put: keys.row(id), value: row }, ...parts.map(({ blob }) => ({ put: keys.bytes(blob, 0), value: Uint8Array.of(1, 2, 3) }))]);
  };
  const at: World['at'] = async (id) => ((await inner.get(keys.row(id))) as OutboxRow | undefined)?.state.at;
  return { outbox, server, clock, store: inner, told, another: () => open(new Bus(null), 2), send, at };
}

/** Milliseconds of the real clock: what works on threads of its own is slow on a busy machine. */
export const HANGS = 20_000;

/** What is under way comes as far as it can. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + HANGS; performance.now() < end && !(await isSo()); ) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(await isSo());
}

export async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
