import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Clock } from '@earshot/base/clock.ts';
import { utf8 } from '@earshot/base/encoding.ts';
import { seededRandom } from '@earshot/base/random.ts';
import { markHeader } from '@earshot/protocol/addresses.ts';
import type { Body } from '@earshot/protocol/bodies.ts';
import type { EventClass } from '@earshot/protocol/envelope.ts';
import { type Evidence, Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import { Session, type SessionRow } from '../account/session.ts';
import { Bus } from '../bus.ts';
import type { Happening } from '../earshot.ts';
import { memoryLocks } from '../locks/memory.ts';
import type { Reach } from '../reach/reach.ts';
import type { EventSealer } from '../sealer.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import { memoryStore } from '../stores/memory.ts';
import { Tasks } from '../tasks.ts';
import type { Transport, TransportAnswer, TransportRequest } from '../transport.ts';
import { Api } from '../wire/api.ts';
import { compose, refOf } from './compose.ts';
import { Outbox } from './outbox.ts';
import type { OutboxRow, PartRow } from './row.ts';

const SESSION: SessionRow = { person: 'me', handle: 'me', name: 'Me', device: 'device', token: null, locked: false, ended: null };
const LOG = 'log';

/** A clock whose hands are turned. */
class TurnedClock implements Clock {
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
interface Said {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** Takes everything, until told otherwise. */
class FakeServer implements Transport {
  readonly asked: string[] = [];
  says: (request: TransportRequest) => Said | null = () => null;
  /** No sooner than this. */
  answers: Promise<void> = Promise.resolve();
  /** The same for what names one of these. */
  readonly held = new Map<string, Promise<void>>();

  async request(request: TransportRequest): Promise<TransportAnswer> {
    const { method, path, body } = request;
    this.asked.push(`${method} ${path}`);
    await this.answers;
    for (const [name, end] of this.held) if (path.includes(name)) await end;
    const { status, headers = { [markHeader]: '1' }, body: said = { seq: 1, at: 1 } } = this.says(request) ?? { status: 200, headers: { [markHeader]: '1', 'upload-offset': String(body?.length ?? 0) } };
    return { status, headers, bytes: async () => utf8(JSON.stringify(said)) };
  }

  connect(): never {
    throw new Error('nobody connects here');
  }
}

const sealer: EventSealer = {
  seal: async (event, { device }) => ({ ...event, envelope: { ...event.envelope, device }, sealed: { body: 'sealed' } }),
  first: async () => null,
  accepted: async () => undefined,
  refused: async () => undefined,
};

interface World {
  readonly outbox: Outbox;
  readonly server: FakeServer;
  readonly clock: TurnedClock;
  readonly store: Store;
  readonly told: Happening[];
  /** Something this person sends; with a part or more, or without one. */
  send(id: string, withPart?: boolean | number, kind?: { readonly class: EventClass; readonly body: Body; readonly refers?: string[] }): Promise<void>;
  at(id: string): Promise<OutboxRow['state']['at'] | undefined>;
}

async function world(t: TestContext, inner: Store = memoryStore(), events: EventSealer = sealer): Promise<World> {
  const [server, clock, random, bus] = [new FakeServer(), new TurnedClock(), seededRandom(1), new Bus(null)];
  const told: Happening[] = [];
  bus.on((happening) => void told.push(happening));
  const [api, tasks] = [new Api(server, clock), new Tasks(bus)];
  const reach = { failed: () => undefined, passed: () => undefined, explain: (waiting: object) => waiting } as unknown as Reach;
  await inner.commit([{ put: keys.session, value: SESSION }]);
  const outbox = new Outbox({ store: inner, events, api, locks: memoryLocks(), clock, random, session: new Session(inner, api, bus), bus, tasks, reach });
  t.after(() => tasks.end());
  await outbox.start();
  const send: World['send'] = async (id, withPart = false, kind = { class: 'message', body: { kind: 'title', title: id } }) => {
    const parts = Array.from({ length: Number(withPart) }, (_, at): PartRow => ({ blob: `${id}-part${at === 0 ? '' : at}`, key: '', packets: 1, bytes: 3, sealed: 3, sha256: 'hash' }));
    const row: OutboxRow = { id, owner: SESSION.person, conversation: LOG, made: 0, state: { at: 'released', order: 1 }, parts, event: compose({ id, log: LOG, device: SESSION.device, ...kind, blobs: parts.map(refOf) }) };
    await inner.commit([{ put: keys.row(id), value: row }, ...parts.map(({ blob }) => ({ put: keys.bytes(blob, 0), value: Uint8Array.of(1, 2, 3) }))]);
  };
  const at: World['at'] = async (id) => ((await inner.get(keys.row(id))) as OutboxRow | undefined)?.state.at;
  return { outbox, server, clock, store: inner, told, send, at };
}

/** Milliseconds of the real clock: what works on threads of its own is slow on a busy machine. */
const HANGS = 20_000;

/** What is under way comes as far as it can. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + HANGS; performance.now() < end && !(await isSo()); ) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(await isSo());
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test('[DISK8] a look at what another process left behind that fails is told, and the next one comes all the same', async (t) => {
  const inner = memoryStore();
  const failing: Failure[] = [];
  const list: Store['list'] = async (range) => {
    const failure = failing.pop();
    if (failure !== undefined) throw failure;
    return await inner.list(range);
  };
  const { clock, told, send, at } = await world(t, { ...inner, list });
  await send('left');
  failing.push(new Failure('device.storage', { reason: 'lost' }));
  clock.pass(30_000);
  await until(() => told.some((one) => one.type === 'fault' && one.code === 'device.storage'));
  assert.equal(await at('left'), 'released');
  clock.pass(30_000);
  await until(async () => (await at('left')) === 'acknowledged');
});

const busy = (seconds: number, mark = true): Said => ({ status: 503, headers: { 'retry-after': String(seconds), ...(mark && { [markHeader]: '1' }) }, body: {} });

for (const withPart of [false, true]) {
  const what = withPart ? 'with sound' : 'without sound';

  test(`[OUT10] the time that the server names to a message ${what} is not changed by looking; a person who asks ends it`, async (t) => {
    const { outbox, server, clock, send, at } = await world(t);
    const began = clock.now();
    server.says = () => busy(300);
    await send('message', withPart);
    outbox.kick(LOG);
    await until(() => outbox.waiting(LOG) !== null);
    const asked = server.asked.length;
    clock.pass(100_000);
    outbox.lookAgain();
    await outbox.sweep();
    await turns();
    assert.equal(server.asked.length, asked);
    assert.equal(outbox.waiting(LOG)?.until, began + 300_000);
    outbox.tryNow();
    await until(() => server.asked.length > asked);
    await until(() => outbox.waiting(LOG)?.until === began + 400_000);
    server.says = () => null;
    clock.pass(299_000);
    await turns();
    assert.notEqual(await at('message'), 'acknowledged');
    clock.pass(1_000);
    await until(async () => (await at('message')) === 'acknowledged');
  });

  test(`[OUT10] a time that is over although no timer has run, of a message ${what}, is over for who looks`, async (t) => {
    const { outbox, server, clock, send, at } = await world(t);
    server.says = () => busy(300);
    await send('message', withPart);
    outbox.kick(LOG);
    await until(() => outbox.waiting(LOG) !== null);
    server.says = () => null;
    clock.shows += 300_001;
    outbox.lookAgain();
    await until(async () => (await at('message')) === 'acknowledged');
  });

  test(`[WAY9] of the time that a stranger names to a message ${what} five minutes are believed`, async (t) => {
    const { outbox, server, clock, send } = await world(t);
    const began = clock.now();
    server.says = () => busy(86_400, false);
    await send('message', withPart);
    outbox.kick(LOG);
    await until(() => outbox.waiting(LOG) !== null);
    assert.equal(outbox.waiting(LOG)?.until, began + 300_000);
  });
}

test('[OUT10] a time that the server named while a take grew counts from then, for the message that it becomes', async (t) => {
  const { outbox, server, clock, send } = await world(t);
  const began = clock.now();
  await send('message', true);
  server.says = () => busy(300);
  await assert.rejects(outbox.upload('message-part').reach(3, true, new AbortController().signal, () => undefined), { code: 'server.busy' });
  const asked = server.asked.length;
  clock.pass(100_500);
  outbox.kick(LOG);
  await until(() => outbox.waiting(LOG) !== null);
  const { until: named = 0 } = outbox.waiting(LOG) ?? {};
  assert.ok(named >= began + 300_000 && named <= began + 301_000, String(named - began));
  assert.equal(server.asked.length, asked);
});

test('[OUT10] once the server answers again, what a stranger named in its place is waited for no longer', async (t) => {
  const { outbox, server, send, at } = await world(t);
  server.says = () => ({ ...busy(300, false), status: 511 });
  await send('message', true);
  outbox.kick(LOG);
  await until(() => outbox.waiting(LOG)?.code === 'network.foreign');
  server.says = () => null;
  outbox.nudge();
  await until(async () => (await at('message')) === 'acknowledged');
});

const refuses = (status: number, code: FailureCode, evidence: Evidence = {}): Said => ({ status, headers: { [markHeader]: '1' }, body: { error: { code, cause: '', next: '', owner: '', evidence } } });

for (const [what, kind, code] of [
  ['done already', { class: 'create', body: { kind: 'title', title: '' } }, 'event.conflict'],
  ['refused, and no matter of anybody’s', { class: 'signal', body: { kind: 'heard', seconds: 1 } }, 'not-found'],
] as const) {
  test(`[SEND12] who waits until all is sent hears of the last of it, which is ${what}`, async (t) => {
    const { outbox, server, send } = await world(t);
    const answers = Promise.withResolvers<void>();
    server.says = () => refuses(404, code);
    server.answers = answers.promise;
    await send('last', false, kind);
    outbox.kick(LOG);
    const settled = outbox.settled();
    await until(() => server.asked.length > 0);
    await turns();
    answers.resolve();
    await settled;
  });
}

for (const [what, refused] of [['is refused again and again', async () => undefined], ['meets a failure of its own', async () => Promise.reject(new Failure('key.missing'))]] as const) {
  test(`[OUT9] [SEND12] a message that is sealed anew, and ${what}, is told to wait, with the reason`, async (t) => {
    const { outbox, server, told, send } = await world(t, memoryStore(), { ...sealer, refused });
    server.says = () => refuses(409, 'key.behind');
    await send('message');
    outbox.kick(LOG);
    await until(() => outbox.waiting(LOG) !== null);
    assert.deepEqual(told.at(-1), { type: 'changed', conversation: LOG, message: 'message' });
  });
}

test('[SEND12] a message that waits for this device’s store is told to wait, with the reason', async (t) => {
  const inner = memoryStore();
  let fails = false;
  const commit: Store['commit'] = async (changes) => {
    if (fails) throw new DOMException('an error without a code of ours');
    return await inner.commit(changes);
  };
  const { outbox, told, send } = await world(t, { ...inner, commit });
  await send('message');
  fails = true;
  outbox.kick(LOG);
  await until(() => outbox.waiting(LOG)?.code === 'device.storage');
  assert.deepEqual(told.at(-1), { type: 'changed', conversation: LOG, message: 'message' });
});

test('[SEND12] what goes for good after it waited leaves its reason to nothing behind it', async (t) => {
  const { outbox, server, clock, send, at } = await world(t);
  server.says = () => busy(1);
  await send('first', false, { class: 'create', body: { kind: 'title', title: '' } });
  await send('second', true);
  outbox.kick(LOG);
  await until(() => outbox.waiting(LOG)?.code === 'server.busy');
  const reasons: unknown[] = [];
  server.says = ({ body }) => {
    if (String(body).includes('first')) return refuses(409, 'event.conflict');
    reasons.push(outbox.waiting(LOG));
    return null;
  };
  clock.pass(1_000);
  await until(async () => (await at('second')) === 'acknowledged');
  assert.equal(reasons[0], null);
});

test('[SEND12] what waited waits no more once its bytes move again: neither the old reason is told then, nor a time that is past', async (t) => {
  const { outbox, server, clock, told, send, at } = await world(t);
  server.says = () => busy(1);
  await send('message', 2);
  outbox.kick(LOG);
  await until(() => outbox.waiting(LOG)?.code === 'server.busy');
  const [first, second, asked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), server.asked.length];
  [server.says, server.answers] = [() => null, first.promise];
  server.held.set('message-part1', second.promise);
  clock.pass(1_000);
  await until(() => server.asked.length > asked);
  assert.equal(outbox.waiting(LOG)?.code, 'server.busy', 'nothing got through yet');
  const heard = told.length;
  first.resolve();
  await until(() => outbox.waiting(LOG) === null && told.length > heard).finally(() => second.resolve());
  assert.equal(await at('message'), 'released', 'the rest is still under way');
  await until(async () => (await at('message')) === 'acknowledged');
});

test('[OUT10] the time that the server named for one part is kept, although another part gets through meanwhile', async (t) => {
  const { outbox, server, clock, send, told } = await world(t);
  const [began, late] = [clock.now(), Promise.withResolvers<void>()];
  server.held.set('message-part1', late.promise);
  server.says = ({ path }) => (path.includes('message-part1') ? null : busy(300));
  await send('message', 2);
  outbox.kick(LOG);
  await until(() => outbox.waiting(LOG) !== null);
  const heard = told.length;
  late.resolve();
  await until(() => told.length > heard);
  await turns();
  assert.equal(outbox.waiting(LOG)?.until, began + 300_000);
});

test('[OUT15] what travels over a way that died without a word can still be given up', async (t) => {
  const { outbox, server, send, at } = await world(t);
  await send('first');
  outbox.kick(LOG);
  await until(async () => (await at('first')) === 'acknowledged');
  const silence = Promise.withResolvers<void>();
  server.answers = silence.promise;
  await send('second', true);
  outbox.kick(LOG);
  await until(() => server.asked.some((asked) => asked.includes('second-part')));
  await turns();
  assert.equal(await at('second'), 'released');
  assert.equal(await outbox.cancel('second'), true);
  silence.resolve();
});

test('[SEND6] what was taken back, and is then refused for good, is given up: nothing asks its person once more', async (t) => {
  const { outbox, server, store, told, send, at } = await world(t);
  server.says = () => refuses(403, 'quota.full');
  await send('message');
  await store.commit([{ put: keys.row('message'), value: { ...((await store.get(keys.row('message'))) as OutboxRow), takenBack: true } }]);
  outbox.kick(LOG);
  await until(async () => (await at('message')) === undefined);
  assert.equal(told.some(({ type }) => type === 'refused'), false);
});

test('[BACK3] what was taken back before its device knew that the server had lost it is given up: its removal finds nothing, and it is not said again', async (t) => {
  const { outbox, server, store, told, send, at } = await world(t);
  await send('message');
  outbox.kick(LOG);
  await until(async () => (await at('message')) === 'acknowledged');
  await store.commit([{ put: keys.row('message'), value: { ...((await store.get(keys.row('message'))) as OutboxRow), takenBack: true } }]);
  server.says = () => refuses(404, 'not-found', { event: 'message' });
  await send('removal', false, { class: 'remove', body: { kind: 'plain' }, refers: ['message'] });
  outbox.kick(LOG);
  await until(async () => (await at('removal')) === undefined);
  assert.equal(await at('message'), undefined);
  assert.equal(told.some(({ type }) => type === 'refused'), false);
});

test('[SEND5] the end of an upload that was given up is asked for again, whatever the server says of it, with a pause between', async (t) => {
  const { outbox, server, clock, store, send, at } = await world(t);
  server.says = () => refuses(400, 'request.version');
  await send('message', true);
  await store.commit([{ put: keys.row('message'), value: { ...((await store.get(keys.row('message'))) as OutboxRow), state: { at: 'cancelled' }, event: null } }]);
  outbox.kick(LOG);
  await until(() => outbox.waiting(LOG)?.code === 'request.version');
  const asked = server.asked.length;
  await turns();
  assert.equal(server.asked.length, asked);
  server.says = () => null;
  clock.pass(60_000);
  await until(async () => (await at('message')) === undefined);
});

test('[SEND12] who waits for her own does not wait for what was on its way before', async (t) => {
  const { outbox, server, send } = await world(t);
  const silence = Promise.withResolvers<void>();
  server.answers = silence.promise;
  await send('before', true);
  outbox.kick(LOG);
  await until(() => server.asked.length > 0);
  await outbox.settled(new Set(['before']));
  silence.resolve();
});

test('[OUT15] what was taken back is given up where what had to go first is refused for good', async (t) => {
  const { outbox, server, store, send, at } = await world(t);
  await send('message');
  const row = (await store.get(keys.row('message'))) as OutboxRow;
  const chain = compose({ id: 'chain', log: LOG, device: SESSION.device, class: 'chain', body: { kind: 'chain', chain: LOG } });
  await store.commit([
    { put: keys.row('message'), value: { ...row, state: { at: 'posted', order: 1 }, takenBack: true } satisfies OutboxRow },
    { put: keys.row('message-first'), value: { ...row, id: 'message-first', state: { at: 'released', order: 0.5 }, before: 'message', event: chain } satisfies OutboxRow },
  ]);
  server.says = ({ body }) => (String(body).includes('"class":"chain"') ? refuses(400, 'request.invalid') : null);
  outbox.kick(LOG);
  await until(async () => (await at('message-first')) === undefined);
  assert.equal(await at('message'), undefined);
  assert.equal(server.asked.length, 1);
});
