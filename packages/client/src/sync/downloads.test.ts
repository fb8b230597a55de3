import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeOggOpus } from '@earshot/audio/ogg-opus.ts';
import { aborted } from '@earshot/base/aborted.ts';
import type { Clock } from '@earshot/base/clock.ts';
import { utf8 } from '@earshot/base/encoding.ts';
import { sha256 } from '@earshot/base/hash.ts';
import { seededRandom } from '@earshot/base/random.ts';
import { markHeader } from '@earshot/protocol/addresses.ts';
import type { LoggedEvent } from '@earshot/protocol/envelope.ts';
import type { MessageBody } from '@earshot/protocol/bodies.ts';
import { Session, type SessionRow } from '../account/session.ts';
import { Bus } from '../bus.ts';
import { beginContent } from '../keys/content.ts';
import { PartWriter } from '../outbox/part-writer.ts';
import { contentOf } from '../replica/content.ts';
import { Replica } from '../replica/replica.ts';
import { emptyLog, type LogRow, type MessageRow } from '../replica/row.ts';
import type { EventOpener, OpenedEvent } from '../sealer.ts';
import type { Store, Value } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import { memoryStore } from '../stores/memory.ts';
import { Tasks } from '../tasks.ts';
import type { Transport } from '../transport.ts';
import { Api } from '../wire/api.ts';
import { Downloads } from './downloads.ts';

const [ME, OTHER, LOG, ONE, BLOB] = ['0000000000000000000000000p', '0000000000000000000000000r', '0000000000000000000000000f', '0000000000000000000000000m', '0000000000000000000000000b'];
const session: SessionRow = { person: ME, handle: 'me', name: 'Me', device: '0000000000000000000000000d', token: null, locked: false, ended: null };
const log: LogRow = { ...emptyLog, id: LOG, kind: 'group', members: [], applied: 1 };
const envelope: LoggedEvent['envelope'] = { version: 1, id: ONE, log: LOG, device: '0000000000000000000000000e', generation: 1, class: 'message', blobs: [], refers: [], expiry: 'never' };

/** Nothing is opened here: an event comes as the server has it. */
const opener: EventOpener = { open: async (events) => events.map((event): OpenedEvent => ({ event, hash: 'hash', granted: null, content: null, failure: null })) };

const still: Clock = { now: () => 0, sleep: async () => await new Promise<void>((resolve) => setTimeout(resolve, 50)) };
/** Its moment never ends: however slow this machine is, what is fetched comes in time. */
const patient: Clock = { now: () => 0, sleep: async () => await new Promise<void>(() => undefined) };

/** Waits as long as it may, but for what is over in a moment. */
const endless: Clock = { now: () => 0, sleep: (milliseconds, signal) => (milliseconds <= 10 ? new Promise((resolve) => void setImmediate(resolve)) : aborted(signal ?? new AbortController().signal)) };

interface Answer {
  readonly status?: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The downloads of a device, at a server that answers with these. */
async function device(answer: (path: string) => Answer, clock = still, opens = opener, held = async (): Promise<void> => undefined): Promise<{ store: Store; downloads: Downloads; tasks: Tasks }> {
  const store = memoryStore();
  await store.commit([{ put: keys.session, value: session }, { put: keys.log(LOG), value: log }]);
  const request: Transport['request'] = async ({ path }) => {
    await held();
    const { status = 200, bytes } = answer(path);
    return { status, headers: { [markHeader]: '1' }, bytes: async () => bytes };
  };
  const api = new Api({ request, connect: () => ({ send: () => undefined, close: () => undefined }) }, clock);
  const bus = new Bus(null);
  const tasks = new Tasks(bus);
  const ports = { store, api, bus, clock, tasks, random: seededRandom(1), replica: new Replica(store, opens), session: new Session(store, api, bus), delivered: () => undefined, stuck: () => undefined };
  return { store, tasks, downloads: new Downloads(ports) };
}

/** A message of one packet as it comes, with the sealed bytes that it names. */
async function aMessage(): Promise<{ opened: OpenedEvent; bytes: Uint8Array<ArrayBuffer> }> {
  const packets = [Uint8Array.of(0x78, 1, 2, 3)];
  const writer = new PartWriter(BLOB, await beginContent(seededRandom(2)));
  await writer.push(packets);
  const { bytes, part } = await writer.finish();
  const [samples, preSkip] = [960 - 312, 312];
  const body: MessageBody = { kind: 'message', parts: [{ key: part.key, packets: 1, bytes: part.bytes }], samples, preSkip, sha256: await sha256(writeOggOpus({ packets, samples, preSkip })), waveform: '', source: { from: 'microphone' } };
  const event: LoggedEvent = { seq: 2, at: 1, person: OTHER, envelope: { ...envelope, blobs: [{ id: BLOB, length: bytes.length, sha256: part.sha256 ?? '' }] }, body: '', removed: null, grant: null };
  const opened: OpenedEvent = { event, hash: 'hash', granted: null, failure: null, content: { body, frame: { counter: 1, saw: null, chains: { own: { index: 0, hash: '' }, others: [] } }, signingKey: '' } };
  return { opened, bytes };
}

/** A message of somebody else, as a device has it whose sound is missing. */
function rowOf({ event, content: sealed }: Pick<OpenedEvent, 'event' | 'content'>, change: Partial<MessageRow> = {}): MessageRow {
  const body = sealed?.body;
  assert(body === undefined || body.kind === 'message');
  const content = body === undefined ? null : contentOf(body);
  const { seq, at, person, envelope: { id, blobs } } = event;
  return { id, log: LOG, seq, at, person, content, blobs: [...blobs], removed: null, here: false, heard: true, heardBy: [], failure: null, ...change };
}

/** What the device is to fetch, with the event that it has of it, if any. */
async function missing(store: Store, row: MessageRow, event?: LoggedEvent): Promise<void> {
  const { id, seq } = row;
  const known = event === undefined ? [] : [{ put: keys.event(LOG, seq), value: { ...event, body: null, hash: 'hash', granted: null } as unknown as Value }];
  await store.commit([{ put: keys.message(LOG, seq), value: row }, { put: keys.at(id), value: { log: LOG, seq } }, { put: keys.fetch(LOG, seq), value: id }, ...known]);
}

const rowAt = async (store: Store, seq: number): Promise<MessageRow> => (await store.get(keys.message(LOG, seq))) as MessageRow;

/** The message at this number after the device has looked for it: once nothing of it is to be fetched any more, or a second later. */
async function looked({ store, downloads }: { readonly store: Store; readonly downloads: Downloads }, seq: number): Promise<MessageRow> {
  await downloads.look();
  for (let turn = 0; turn < 200 && (await store.get(keys.fetch(LOG, seq))) !== undefined; turn += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  return await rowAt(store, seq);
}

/** A server that has the message, and its bytes from the second time on that it is asked for them. */
function latecomer({ opened, bytes }: { readonly opened: OpenedEvent; readonly bytes: Uint8Array<ArrayBuffer> }): { readonly answer: (path: string) => Answer; readonly asked: () => number } {
  let asked = 0;
  const answer = (path: string): Answer => {
    if (!path.startsWith('/v1/blobs/')) return { bytes: utf8(JSON.stringify({ events: [opened.event], head: 2 })) };
    asked += 1;
    return asked === 1 ? { status: 404, bytes: utf8('') } : { bytes };
  };
  return { answer, asked: () => asked };
}

test('[KEEP12] what lay here does not count for a message that is not written yet: it may go with the one that it came with', async (t) => {
  const { opened, bytes } = await aMessage();
  const { store, downloads, tasks } = await device(() => ({ bytes }), patient);
  t.after(() => tasks.end());
  assert.equal((await downloads.ahead(opened)).bytes?.length, 1, 'fetched, it is there with the event');
  await store.commit([{ put: keys.bytes(BLOB, 0), value: bytes }]);
  assert.equal((await downloads.ahead(opened)).bytes, undefined);
});

for (const back of ['asks for its content', 'has its content from who kept it']) test(`[KEEP12] what was asked for before a message was taken back and restored says nothing of it any more, where the device ${back}`, async (t) => {
  const message = await aMessage();
  const { opened } = message;
  const { answer, asked } = latecomer(message);
  const { store, downloads, tasks } = await device(answer, still, { open: async () => [opened] });
  t.after(() => tasks.end());
  assert.equal((await downloads.ahead(opened)).bytes, undefined);
  await missing(store, rowOf(opened, back === 'asks for its content' ? { content: null } : {}), opened.event);
  const { here, failure } = await looked({ store, downloads }, 2);
  assert.deepEqual([here, failure, asked()], [true, null, 2]);
});

test('[KEEP12] an answer from before a message was restored does not say that it is missing: it is asked for anew', async (t) => {
  const message = await aMessage();
  const { opened } = message;
  const row = rowOf(opened);
  const { answer, asked } = latecomer(message);
  const { store, downloads, tasks } = await device(answer, still, { open: async () => [opened] }, async () => {
    // While the first answer is on its way, it is taken back here and restored: its content is gone.
    if (asked() === 0) await store.commit([{ put: keys.message(LOG, 2), value: { ...row, content: null } }]);
  });
  t.after(() => tasks.end());
  await missing(store, row, opened.event);
  const { here, failure, content } = await looked({ store, downloads }, 2);
  assert.deepEqual([here, failure, content, asked()], [true, null, row.content, 2]);
});

test('[BACK3] what is not here of a conversation that the server has lost is not asked for, and not said to be missing', async (t) => {
  const asked: string[] = [];
  const { store, downloads, tasks } = await device((path) => {
    asked.push(path);
    return { status: 404, bytes: utf8('{}') };
  });
  t.after(() => tasks.end());
  const row = rowOf((await aMessage()).opened, { seq: 1, heard: false });
  await store.commit([{ put: keys.log(LOG), value: { ...log, lost: 0 } }]);
  await missing(store, row);
  await downloads.look();
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual([asked, await rowAt(store, 1), await store.get(keys.fetch(LOG, 1))], [[], row, ONE]);
  // What lies before that it still has.
  await store.commit([{ put: keys.log(LOG), value: { ...log, lost: 1 } }]);
  await downloads.look();
  for (let turn = 0; turn < 200 && asked.length === 0; turn += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(asked.length > 0);
});

test('[KEEP12] what ends while it is asked again what it said has ended', async (t) => {
  const { opened, bytes } = await aMessage();
  const row = rowOf(opened, { content: null });
  const removed = { at: 7, by: ME, rule: 'let-go' } as const;
  const opens: EventOpener = { open: async () => {
    await store.commit([{ put: keys.message(LOG, 2), value: { ...row, removed } }, { drop: keys.fetch(LOG, 2) }]);
    return [opened];
  } };
  const { store, downloads, tasks } = await device((path) => ({ bytes: path.startsWith('/v1/blobs/') ? bytes : utf8(JSON.stringify({ events: [opened.event], head: 2 })) }), still, opens);
  t.after(() => tasks.end());
  await missing(store, row, opened.event);
  await downloads.look();
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  const { content, removed: notice } = await rowAt(store, 2);
  assert.deepEqual([content, notice], [null, removed]);
});

test('[KEEP12] what is restored after another device of this person let it go is a notice, and is not said to be missing', async (t) => {
  const removed = { at: 7, by: ME, rule: 'let-go', sha256: 'a'.repeat(64) } as const;
  const event: LoggedEvent = { seq: 1, at: 1, person: OTHER, envelope, body: null, removed, grant: null };
  const { store, downloads, tasks } = await device(() => ({ bytes: utf8(JSON.stringify({ events: [event], head: 1 })) }));
  t.after(() => tasks.end());
  await missing(store, rowOf({ event, content: null }));
  const { removed: notice, failure } = await looked({ store, downloads }, 1);
  assert.deepEqual([notice?.rule, notice?.at, failure], ['let-go', 7, null]);
});

/** What becomes of a message whose bytes the server has no longer, where it says this of its event; `meanwhile` happens in another page. */
async function unfetched(event: { readonly status?: number; readonly removed: LoggedEvent['removed'] }, meanwhile = (row: MessageRow): MessageRow => row): Promise<MessageRow> {
  const { opened } = await aMessage();
  const { store, downloads, tasks } = await device((path) => {
    if (path.startsWith('/v1/blobs/')) return { status: 404, bytes: utf8('') };
    void store.commit([{ put: keys.message(LOG, 1), value: meanwhile(row) }]);
    return { status: event.status ?? 200, bytes: utf8(JSON.stringify({ events: [{ ...opened.event, seq: 1, body: event.removed === null ? '' : null, removed: event.removed }], head: 1 })) };
  });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => tasks.end());
  const content = { parts: [{ key: '', packets: 1, bytes: 4 }], samples: 960, preSkip: 0, sha256: 'h', waveform: '', fileName: null };
  const row = rowOf(opened, { seq: 1, content });
  await missing(store, row);
  const found = await looked({ store, downloads }, 1);
  assert.equal(await store.get(keys.fetch(LOG, 1)), undefined, 'it is asked for no more');
  return found;
}

test('[KEEP14] what nobody held any more before its bytes were here is a notice, also for who has left; what the server says nothing of is missing', async () => {
  const ended = await unfetched({ removed: { at: 7, by: OTHER, rule: 'let-go', sha256: 'a'.repeat(64) } });
  assert.deepEqual([ended.removed?.rule, ended.removed?.at, ended.failure], ['let-go', 7, null]);
  for (const nothing of [{ removed: null }, { status: 404, removed: null }]) {
    const { removed, failure } = await unfetched(nothing);
    assert.deepEqual([removed, failure?.code], [null, 'message.missing']);
  }
});

test('[FETCH6] what one page fetched in vain is not said to be missing where another page has it whole by then', async () => {
  const whole = (row: MessageRow): MessageRow => ({ ...row, here: true });
  for (const removed of [null, { at: 7, by: OTHER, rule: 'let-go', sha256: 'a'.repeat(64) } as const]) {
    const { here, failure, removed: notice } = await unfetched({ removed }, whole);
    assert.deepEqual([here, failure, notice], [true, null, null]);
  }
});

test('[SYNC8] a clock that was put back while a download waited makes no other one wait', async (t) => {
  const COUNT = 20;
  let [now, waits, asked] = [9_000_000_000, 0, 0];
  const clock: Clock = {
    now: () => now,
    sleep: async () => {
      waits += 1;
      now = 1_000;
      await new Promise<void>((resolve) => setTimeout(resolve, 5));
    },
  };
  const removed = { at: 7, by: ME, rule: 'let-go', sha256: 'a'.repeat(64) } as const;
  const eventAt = (seq: number): LoggedEvent => ({ seq, at: 1, person: OTHER, envelope: { ...envelope, id: idAt(seq) }, body: null, removed, grant: null });
  const { store, downloads, tasks } = await device((path) => {
    asked += 1;
    if (asked === 1) return { status: 503, bytes: utf8('') };
    const seq = Number(new URL(path, 'http://here').searchParams.get('after')) + 1;
    return { bytes: utf8(JSON.stringify({ events: [eventAt(seq)], head: COUNT })) };
  }, clock);
  t.after(() => tasks.end());
  for (let seq = 1; seq <= COUNT; seq += 1) await missing(store, rowOf({ event: eventAt(seq), content: null }));
  await downloads.look();
  const left = async (): Promise<number> => (await store.list(below('r/fetch'))).length;
  for (let turn = 0; turn < 400 && (await left()) > 0; turn += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(await left(), 0);
  assert.ok(waits > 0 && waits <= 4, `${String(waits)} waits: those that were under way when one failed`);
});

const idAt = (seq: number): string => `0000000000000000000000${String(seq).padStart(3, '0')}m`;

test('[SYNC10] bytes that the server fails over, or that something on the way holds back, make nothing else wait', async (t) => {
  const { opened, bytes } = await aMessage();
  const spoilt = '0000000000000000000000000x';
  const { store, downloads, tasks } = await device((path) => (path.endsWith(spoilt) ? { status: 500, bytes: utf8('') } : { bytes }), endless);
  t.after(() => tasks.end());
  for (const [seq, blob] of [[1, spoilt], [2, BLOB]] as const) {
    const id = `${ONE.slice(0, -1)}${seq}`;
    const blobs = opened.event.envelope.blobs.map((one) => ({ ...one, id: blob }));
    await missing(store, rowOf(opened, { id, seq, blobs }));
    await downloads.look();
    // Its turn is over before the next one is looked for.
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const [held, came] = await Promise.all([1, 2].map((seq) => rowAt(store, seq)));
  assert.deepEqual([held?.here, held?.failure, came?.here], [false, null, true]);
  assert.equal(await store.get(keys.fetch(LOG, 1)), `${ONE.slice(0, -1)}1`, 'it is asked for again later');
});

test('[SYNC10] where nothing comes through at all, all that is missing waits together', async (t) => {
  const { opened } = await aMessage();
  let asked = 0;
  const { store, downloads, tasks } = await device(() => {
    asked += 1;
    return { status: 500, bytes: utf8('') };
  }, endless);
  t.after(() => tasks.end());
  for (let seq = 10; seq < 40; seq += 1) await missing(store, rowOf(opened, { id: `${ONE.slice(0, -2)}${seq}`, seq }));
  await downloads.look();
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(asked > 0 && asked <= 8, `${asked} were asked for`);
});

test('[KEEP12] what was fetched ahead of events that were here already leaves room for others', async (t) => {
  const { opened, bytes } = await aMessage();
  const gate: PromiseWithResolvers<void>[] = [];
  let asked = 0;
  const { downloads, tasks } = await device(() => {
    asked += 1;
    return { bytes };
  }, endless, opener, async () => await gate.at(-1)?.promise);
  t.after(() => tasks.end());
  const ahead = async (at: number): Promise<number | undefined> => (await downloads.ahead({ ...opened, event: { ...opened.event, envelope: { ...opened.event.envelope, id: `${ONE.slice(0, -1)}${at}` } } })).bytes?.length;
  for (let at = 0; at < 4; at += 1) {
    gate.push(Promise.withResolvers());
    assert.equal(await ahead(at), undefined, 'it takes longer than a moment');
    gate.at(-1)?.resolve();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  gate.length = 0;
  asked = 0;
  await ahead(5);
  assert.equal(asked, 1, 'it is fetched ahead as well');
});
