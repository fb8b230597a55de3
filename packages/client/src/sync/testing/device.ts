import { utf8 } from '@earshot/base/encoding.ts';
import type { Clock } from '@earshot/base/clock.ts';
import { seededRandom } from '@earshot/base/random.ts';
import type { Envelope, LoggedEvent } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { markHeader } from '@earshot/protocol/addresses.ts';
import { Session, type SessionRow } from '../../account/session.ts';
import { Bus } from '../../bus.ts';
import { Reach } from '../../reach/reach.ts';
import { Aside } from '../../replica/aside.ts';
import { Replica } from '../../replica/replica.ts';
import type { LogRow } from '../../replica/row.ts';
import type { Chain } from '../../keys/chain.ts';
import type { EventOpener, OpenedEvent } from '../../sealer.ts';
import { keys } from '../../stores/keys.ts';
import { memoryStore } from '../../stores/memory.ts';
import { Tasks } from '../../tasks.ts';
import type { LiveHandlers, Transport } from '../../transport.ts';
import { Api } from '../../wire/api.ts';
import { usualRetention } from '@earshot/protocol/retention.ts';
import { ServerTime } from '../../keeping/server-time.ts';
import { Sync } from '../sync.ts';

export const ME = '00000000000000000000000001';
export const OTHER = '00000000000000000000000002';
export const LOG = '00000000000000000000000003';
export const DEVICE = '00000000000000000000000004';
export const session: SessionRow = { person: ME, handle: 'me', name: 'Me', device: DEVICE, token: null, locked: false, ended: null };
const chain: Chain = { person: OTHER, entries: [{ hash: 'identity', by: 'device' }], devices: [{ id: DEVICE, keys: { signing: 'signing', sealing: '' }, added: 0, revoked: null }], recovery: [], accounts: [] };
export const idOf = (seq: number): string => String(seq).padStart(26, '7');

/** Titles one after the other: the last one that was applied is what the conversation is called. */
export function eventAt(seq: number): LoggedEvent {
  const envelope: Envelope = { version: 1, id: idOf(seq), log: LOG, device: DEVICE, generation: 1, class: 'signal', blobs: [], refers: [], expiry: 'never' };
  return { seq, at: seq, person: OTHER, envelope, body: '', removed: null, grant: null };
}

export const history = Array.from({ length: 12 }, (_, at) => eventAt(at + 1));

/** Sealing is not what is tested here: a body says its number, and its sender had seen the event before. */
export const opener: EventOpener = {
  open: async (events) =>
    events.map((event): OpenedEvent => {
      const { seq, envelope } = event;
      const opened = { event, hash: `hash ${seq}`, granted: null, content: null, failure: null };
      if (envelope.class === 'message') return { ...opened, failure: new Failure('event.unreadable', { reason: 'kind' }) };
      const frame = { counter: seq, saw: { seq: seq - 1, hash: `hash ${seq - 1}` }, chains: { own: { index: 0, hash: 'identity' }, others: [] } };
      return { ...opened, content: { body: { kind: 'title', title: `title ${seq}` }, frame, signingKey: 'signing' } };
    }),
};

/** A server in memory: it has `head` events, and answers as the real one does. */
export class FakeServer implements Transport {
  head = 0;
  /** So much shorter than it is it says that the log is: what was said while it answered. */
  behind = 0;
  handlers: LiveHandlers | null = null;
  /** What was said to it over the connection. */
  readonly told: string[] = [];
  /** What it does not answer. */
  readonly fails = new Set<string>();
  /** What was asked of it beside that. */
  readonly asked: string[] = [];

  async request({ path, body }: Parameters<Transport['request']>[0]): ReturnType<Transport['request']> {
    this.asked.push(path);
    if (this.fails.has(path)) throw new Failure('network.unreachable');
    // Whoever waits for news gets the next turn.
    if (String(body ?? '').includes('"wait"')) await new Promise((resolve) => setImmediate(resolve));
    return { status: 200, headers: { [markHeader]: '1' }, bytes: async () => utf8(JSON.stringify(this.#answer(path, String(body ?? '')))) };
  }

  connect(_path: string, _headers: Readonly<Record<string, string>>, handlers: LiveHandlers): ReturnType<Transport['connect']> {
    this.handlers = handlers;
    queueMicrotask(() => {
      handlers.opened();
      handlers.frame('{"type":"hello","now":0}');
    });
    return { send: (text) => void this.told.push(text), close: () => this.cut() };
  }

  cut(): void {
    const { handlers } = this;
    this.handlers = null;
    handlers?.closed(1006);
  }

  frame(seq: number): void {
    this.handlers?.frame(JSON.stringify({ type: 'event', log: LOG, event: history[seq - 1] }));
  }

  #answer(path: string, body: string): unknown {
    if (path === '/v1/people') return { people: [] };
    const [, after] = /\/events\?after=(\d+)/.exec(path) ?? [];
    if (after !== undefined) return { events: history.slice(Number(after), Math.min(this.head, Number(after) + 1)), head: this.head };
    if (path !== '/v1/sync') return {};
    const { have } = JSON.parse(body) as { have: Record<string, number> };
    const members = [ME, OTHER].map((person) => ({ person, role: 'member', joined: 1, left: null, chain: 1 }));
    // Two at a time, so that a page has an end.
    const events = history.slice(have[LOG] ?? 0, Math.min(this.head, (have[LOG] ?? 0) + 2));
    return { logs: [{ log: { id: LOG, kind: 'group', members, head: this.head - this.behind, receipts: 0, generation: 1, due: false }, events }], more: (have[LOG] ?? 0) + 2 < this.head, now: 0, retention: usualRetention };
  }
}

/** Waiting for the next try takes no time; the watch over a quiet connection never gets its turn. */
export const impatient: Clock = {
  now: () => 0,
  sleep: (milliseconds, signal) =>
    new Promise((resolve) => {
      signal?.addEventListener('abort', () => resolve(), { once: true });
      if (milliseconds < 10_000 || signal?.aborted) setImmediate(resolve);
    }),
};

export async function device(server: FakeServer, store = memoryStore()): Promise<{ sync: Sync; tasks: Tasks; bus: Bus; row: () => Promise<LogRow | undefined>; replica: Replica; time: ServerTime; titles: number[] }> {
  await store.commit([{ put: keys.session, value: session }, { put: keys.chain(OTHER), value: chain }]);
  const api = new Api(server, impatient);
  const bus = new Bus(null);
  const tasks = new Tasks(bus);
  const replica = new Replica(store, opener);
  const time = new ServerTime(impatient);
  const sync = new Sync({ store, api, opener, chains: { keepUp: async () => undefined }, clock: impatient, random: seededRandom(1), session: new Session(store, api, bus), bus, tasks, replica, aside: new Aside(store, opener), outbox: { kick: () => undefined }, time, reach: new Reach({ api, clock: impatient, tasks, offline: () => false, changed: () => undefined }) });
  const titles: number[] = [];
  return { sync, tasks, bus, replica, time, titles, row: async () => (await store.get(keys.log(LOG))) as LogRow | undefined };
}
