import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { utf8 } from '@earshot/base/encoding.ts';
import type { Clock } from '@earshot/base/clock.ts';
import { seededRandom } from '@earshot/base/random.ts';
import type { Envelope, LoggedEvent } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { markHeader } from '@earshot/protocol/addresses.ts';
import { Session, type SessionRow } from '../account/session.ts';
import { Bus } from '../bus.ts';
import { Reach } from '../reach/reach.ts';
import { Aside } from '../replica/aside.ts';
import { Replica } from '../replica/replica.ts';
import type { LogRow, MessageRow } from '../replica/row.ts';
import type { Chain } from '../keys/chain.ts';
import type { EventOpener, OpenedEvent } from '../sealer.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import { memoryStore } from '../stores/memory.ts';
import { Tasks } from '../tasks.ts';
import type { LiveHandlers, Transport } from '../transport.ts';
import { Api } from '../wire/api.ts';
import type { LogInfo } from '@earshot/protocol/people.ts';
import { usualRetention } from '@earshot/protocol/retention.ts';
import { ServerTime } from '../keeping/server-time.ts';
import { Sync } from './sync.ts';

const ME = '00000000000000000000000001';
const OTHER = '00000000000000000000000002';
const LOG = '00000000000000000000000003';
const DEVICE = '00000000000000000000000004';
const session: SessionRow = { person: ME, handle: 'me', name: 'Me', device: DEVICE, token: null, locked: false, ended: null };
const chain: Chain = { person: OTHER, entries: [{ hash: 'identity', by: 'device' }], devices: [{ id: DEVICE, keys: { signing: 'signing', sealing: '' }, added: 0, revoked: null }], recovery: [], accounts: [] };
const idOf = (seq: number): string => String(seq).padStart(26, '7');

/** Titles one after the other: the last one that was applied is what the conversation is called. */
function eventAt(seq: number): LoggedEvent {
  const envelope: Envelope = { version: 1, id: idOf(seq), log: LOG, device: DEVICE, generation: 1, class: 'signal', blobs: [], refers: [], expiry: 'never' };
  return { seq, at: seq, person: OTHER, envelope, body: '', removed: null, grant: null };
}

const history = Array.from({ length: 12 }, (_, at) => eventAt(at + 1));

/** Sealing is not what is tested here: a body says its number, and its sender had seen the event before. */
const opener: EventOpener = {
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
class FakeServer implements Transport {
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
const impatient: Clock = {
  now: () => 0,
  sleep: (milliseconds, signal) =>
    new Promise((resolve) => {
      signal?.addEventListener('abort', () => resolve(), { once: true });
      if (milliseconds < 10_000 || signal?.aborted) setImmediate(resolve);
    }),
};

async function device(server: FakeServer, store = memoryStore()): Promise<{ sync: Sync; tasks: Tasks; bus: Bus; row: () => Promise<LogRow | undefined>; replica: Replica; titles: number[] }> {
  await store.commit([{ put: keys.session, value: session }, { put: keys.chain(OTHER), value: chain }]);
  const api = new Api(server, impatient);
  const bus = new Bus(null);
  const tasks = new Tasks(bus);
  const replica = new Replica(store, opener);
  const sync = new Sync({ store, api, opener, chains: { keepUp: async () => undefined }, clock: impatient, random: seededRandom(1), session: new Session(store, api, bus), bus, tasks, replica, aside: new Aside(store, opener), outbox: { kick: () => undefined }, time: new ServerTime(impatient), reach: new Reach({ api, clock: impatient, tasks, offline: () => false, changed: () => undefined }) });
  const titles: number[] = [];
  return { sync, tasks, bus, replica, titles, row: async () => (await store.get(keys.log(LOG))) as LogRow | undefined };
}

/** What befalls the frames of a connection. */
const troubles = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('append' as const), tell: fc.boolean() }),
    fc.record({ kind: fc.constant('tell' as const), seq: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ kind: fc.constant('cut' as const) }),
    fc.record({ kind: fc.constant('noise' as const), text: fc.constantFrom('', '{', '{"type":"event"}', '{"type":"unheard-of"}', 'null') }),
  ),
  { minLength: 1, maxLength: 30 },
);

test('[SYNC1] frames may be lost, doubled and out of order, connections cut: the replica has every event once, in order', { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(troubles, async (story) => {
      const server = new FakeServer();
      const { sync, tasks, row, replica } = await device(server);
      tasks.run(() => sync.work());
      for (const step of story) {
        if (step.kind === 'append' && server.head < history.length) {
          server.head += 1;
          if (step.tell) server.frame(server.head);
        }
        // Only what exists can be told.
        if (step.kind === 'tell' && step.seq <= server.head) server.frame(step.seq);
        if (step.kind === 'cut') server.cut();
        if (step.kind === 'noise') server.handlers?.frame(step.text);
        if (server.head % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      server.cut();
      // A replica that never gets there fails by the test's time limit.
      while (((await row())?.applied ?? 0) < server.head) await new Promise((resolve) => setImmediate(resolve));
      const now = await row();
      assert.equal(now?.applied ?? 0, server.head);
      assert.equal(now?.title ?? null, server.head === 0 ? null : `title ${server.head}`);
      const events = await replica.store.list({ from: `r/event/${LOG}/`, to: `r/event/${LOG}0` });
      assert.deepEqual(events.map(([, value]) => (value as LoggedEvent).seq), history.slice(0, server.head).map(({ seq }) => seq));
      await tasks.end();
    }),
    { numRuns: 60, endOnFailure: true },
  );
});

for (const error of [new Failure('device.storage', { reason: 'lost' }), new DOMException('the connection is closed', 'InvalidStateError')]) {
  test(`[DISK8] a read of who is signed in that fails once (${error.name}) is waited for as for a way that is away, and all goes on`, async (t) => {
    const inner = memoryStore();
    const failing = [error];
    const get: Store['get'] = async (key) => {
      const failure = key === keys.session ? failing.pop() : undefined;
      if (failure !== undefined) throw failure;
      return await inner.get(key);
    };
    const server = new FakeServer();
    const { sync, bus, tasks, row } = await device(server, { ...inner, get });
    t.after(() => tasks.end());
    server.head = 1;
    const waits: unknown[] = [];
    bus.on(({ type }) => void (type === 'connection' && sync.state.state === 'waiting' && waits.push(sync.state.reason?.code)));
    tasks.run(() => sync.work());
    for (let turn = 0; turn < 5_000 && (await row())?.applied !== 1; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.equal((await row())?.applied, 1);
    assert.deepEqual(waits, ['device.storage']);
  });
}

test('[SYNC11] what came into the store is told, also where the request behind it fails', async (t) => {
  const server = new FakeServer();
  const { sync, bus, tasks, row } = await device(server);
  t.after(() => tasks.end());
  server.head = 1;
  server.fails.add('/v1/people');
  const told: string[] = [];
  bus.on(({ type }) => void told.push(type));
  await assert.rejects(sync.catchUp(), { code: 'network.unreachable' });
  assert.equal((await row())?.title, 'title 1');
  assert.ok(told.includes('conversations'));
});

test('[SYNC2] what this version cannot read is kept as it is, and the log goes on behind it', async () => {
  const server = new FakeServer();
  const { sync, tasks, replica, row } = await device(server);
  server.head = 2;
  await sync.catchUp();
  const strange: LoggedEvent = { seq: 3, at: 3, person: OTHER, envelope: { version: 1, id: idOf(3), log: LOG, device: DEVICE, generation: 1, class: 'message', blobs: [], refers: [], expiry: 'never' }, body: 'ZnJvbSB0aGUgZnV0dXJl', removed: null, grant: null };
  await replica.takeEvents(session, LOG, [strange, eventAt(4)]);
  const now = await row();
  assert.equal(now?.applied, 4);
  assert.equal(now?.delivered, 4);
  assert.deepEqual(await replica.store.get(keys.event(LOG, 3)), { ...strange, hash: 'hash 3' });
  const message = (await replica.store.get(keys.message(LOG, 3))) as { failure: { code: string } };
  assert.equal(message.failure.code, 'event.unreadable');
  await tasks.end();
});

test('[SYNC5] what another page brought before it ended is told by the one that keeps the connection', async () => {
  const server = new FakeServer();
  const { sync, tasks, replica, row } = await device(server);
  server.head = 2;
  tasks.run(() => sync.work());
  const turns = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
  };
  const told = (delivered: number) => (): boolean => server.told.includes(JSON.stringify({ type: 'cursor', log: LOG, delivered }));
  await turns(told(2));
  const known = await row();
  assert(known !== undefined);
  await replica.store.commit([{ put: keys.log(LOG), value: { ...known, applied: 3, delivered: 3 } }]);
  server.handlers?.frame('{"type":"pong"}');
  await turns(told(3));
  await tasks.end();
});

test('[REP8] a trouble that the server was told of is over with the message: its sender hears so at once, not with the next connection', async () => {
  const server = new FakeServer();
  const { sync, tasks, bus, replica } = await device(server);
  server.head = 2;
  tasks.run(() => sync.work());
  const told = (cursor: object): boolean => server.told.includes(JSON.stringify({ type: 'cursor', log: LOG, delivered: 2, ...cursor }));
  const turns = async (isSo: () => boolean): Promise<void> => {
    for (let turn = 0; turn < 5_000 && !isSo(); turn += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(isSo());
  };
  await turns(() => told({}));
  const trouble = { seq: 1, code: 'message.missing' } as const;
  await replica.store.commit([{ put: keys.trouble(LOG, 1), value: trouble.code }]);
  await sync.receipts.applied(LOG);
  await turns(() => told({ troubles: [trouble] }));
  // The server's word that it was heard.
  await replica.reported(LOG, 2, [trouble]);
  await replica.store.commit([{ drop: keys.trouble(LOG, 1) }]);
  bus.announce({ type: 'removed', conversation: LOG, message: idOf(1), person: ME, rule: 'let-go' });
  await turns(() => told({ troubles: [] }));
  await tasks.end();
});

test('[SYNC9] what is whole behind a message that ended before its bytes came is told at once', async () => {
  const server = new FakeServer();
  const { sync, tasks, bus, replica } = await device(server);
  server.head = 2;
  tasks.run(() => sync.work());
  const told = (delivered: number): boolean => server.told.includes(JSON.stringify({ type: 'cursor', log: LOG, delivered }));
  const turns = async (isSo: () => boolean): Promise<void> => {
    for (let turn = 0; turn < 5_000 && !isSo(); turn += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(isSo());
  };
  await turns(() => told(2));
  const row = (await replica.store.get(keys.log(LOG))) as LogRow | undefined;
  assert(row !== undefined);
  await replica.store.commit([{ put: keys.log(LOG), value: { ...row, applied: 3, delivered: 3 } }]);
  bus.announce({ type: 'removed', conversation: LOG, message: idOf(1), person: ME, rule: 'expired' });
  await turns(() => told(3));
  await tasks.end();
});

test('[BACK3] of what the server lost it is told no receipt, and what it says of one is not believed: it is about what others said there since', async () => {
  const server = new FakeServer();
  const { sync, tasks, replica, row } = await device(server);
  server.head = 2;
  tasks.run(() => sync.work());
  const turns = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
    for (let turn = 0; turn < 5_000 && !(await isSo()); turn += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(await isSo());
  };
  const told = (): string[] => server.told.filter((text) => text.includes('"cursor"'));
  await turns(() => told().length > 0);
  const known = await row();
  assert(known !== undefined);
  await replica.store.commit([{ put: keys.log(LOG), value: { ...known, applied: 4, delivered: 4 } }]);
  server.cut();
  await turns(async () => (await row())?.lost === 2 && server.handlers !== null);
  server.told.length = 0;
  await sync.receipts.owed();
  await sync.receipts.stuck(LOG, 5);
  assert.deepEqual(told(), []);
  const cursor = { person: OTHER, device: 'phone', delivered: 4, at: 1, troubles: [] };
  assert.deepEqual(await replica.takeCursor(session, LOG, cursor), []);
  assert.equal(await replica.store.get(keys.cursor(LOG, OTHER, 'phone')), undefined);
  await replica.store.commit([{ put: keys.log(LOG), value: { ...known, applied: 4, delivered: 4 } }]);
  await replica.takeCursor(session, LOG, cursor);
  assert.notEqual(await replica.store.get(keys.cursor(LOG, OTHER, 'phone')), undefined);
  await tasks.end();
});

test('[KEEP11] what was taken back in vain, and whose bytes are not here, is asked for at once, not with the next connection', async () => {
  const server = new FakeServer();
  const { sync, tasks, bus, replica } = await device(server);
  server.head = 2;
  tasks.run(() => sync.work());
  const turns = async (isSo: () => boolean): Promise<void> => {
    for (let turn = 0; turn < 5_000 && !isSo(); turn += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(isSo());
  };
  await turns(() => server.told.some((text) => text.includes('cursor')));
  const message: MessageRow = { id: idOf(1), log: LOG, seq: 1, at: 1, person: ME, content: null, blobs: [], removed: null, here: false, heard: true, heardBy: [], failure: null };
  await replica.store.commit([{ put: keys.message(LOG, 1), value: message }, { put: keys.fetch(LOG, 1), value: message.id }]);
  const asksForIt = (): boolean => server.asked.some((path) => path.startsWith(`/v1/logs/${LOG}/events?after=0`));
  assert.ok(!asksForIt());
  bus.announce({ type: 'refused', conversation: LOG, event: idOf(9), code: 'not-found', evidence: {} });
  await turns(asksForIt);
  await tasks.end();
});

test('[ACC1] what was asked for by somebody who has signed out meanwhile is not written for whoever comes next', async () => {
  const { tasks, replica } = await device(new FakeServer());
  const info: LogInfo = { id: LOG, kind: 'group', members: [{ person: ME, role: 'member', joined: 1, left: null, chain: 1 }], head: 1, receipts: 0, generation: 1, due: false };
  const people = [{ id: OTHER, handle: 'other', name: 'Other' }] as unknown as Parameters<Replica['takePeople']>[1];
  for (const now of [{ ...session, person: OTHER, device: 'another' }, { ...session, ended: 'session.revoked' as const }]) {
    await replica.store.commit([{ put: keys.session, value: now }]);
    assert.deepEqual([await replica.takeInfo(session, info), await replica.takePeople(session, people), await replica.takeDevices(LOG, { devices: [], receipts: 1 })], [false, false, false]);
    assert.deepEqual(await replica.store.list({ from: 'r/', to: 'r0' }), []);
  }
  await replica.store.commit([{ put: keys.session, value: session }]);
  assert.deepEqual([await replica.takeInfo(session, info), await replica.takePeople(session, people), await replica.takeDevices(LOG, { devices: [], receipts: 1 })], [true, true, true]);
  await tasks.end();
});

test('[SYNC6] what a device has said of itself does not count for the next one in its place: that has said nothing yet', async () => {
  const server = new FakeServer();
  server.head = 2;
  const { sync, tasks, replica, row } = await device(server);
  const said = (): string[] => server.asked.filter((path) => path.endsWith('/cursor'));
  await sync.synced();
  const known = await row();
  assert(known !== undefined);
  await replica.store.commit([{ put: keys.log(LOG), value: { ...known, applied: 9, delivered: 9, reported: 0 } }]);
  tasks.run(() => sync.work());
  for (let turn = 0; turn < 5_000 && !server.told.some((text) => text.includes('"delivered":9')); turn += 1) await new Promise((resolve) => setImmediate(resolve));
  sync.reconnect({ ...session, device: 'another' });
  server.told.length = 0;
  await replica.store.commit([{ put: keys.log(LOG), value: { ...known, applied: 9, delivered: 2, reported: 0 } }]);
  await sync.receipts.delivered(LOG, 2);
  assert.deepEqual([...server.told, ...said()].filter((text) => text.includes('"delivered":9')), []);
  await replica.store.commit([{ drop: keys.log(LOG) }]);
  const before = server.asked.length;
  await sync.receipts.delivered(LOG, 5);
  assert.equal(server.asked.length, before, 'nor is anything said of what was wiped');
  await tasks.end();
});

test('[BACK3] what was said while the server answered does not pass for something that it lost', async () => {
  const server = new FakeServer();
  [server.head, server.behind] = [2, 1];
  const { sync, tasks, row } = await device(server);
  await sync.synced();
  assert.deepEqual([(await row())?.applied, (await row())?.lost], [2, undefined]);
  await tasks.end();
});

test('[BACK3] a log that was lost before anything of it was here is taken for whole once the server has it again', async () => {
  const server = new FakeServer();
  const { sync, tasks, replica, row } = await device(server);
  await sync.synced();
  const known = await row();
  assert(known !== undefined);
  await replica.store.commit([{ put: keys.log(LOG), value: { ...known, lost: 0 } }]);
  await assert.rejects(sync.synced(), { code: 'server.restored' });
  server.head = 2;
  await sync.synced();
  assert.deepEqual([(await row())?.applied, (await row())?.lost], [2, undefined]);
  await tasks.end();
});
