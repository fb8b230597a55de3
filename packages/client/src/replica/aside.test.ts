import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventClass, LoggedEvent } from '@earshot/protocol/envelope.ts';
import { Turn } from '../outbox/turn.ts';
import type { EventOpener } from '../sealer.ts';
import type { Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import { memoryStore } from '../stores/memory.ts';
import { Aside } from './aside.ts';
import { Replica } from './replica.ts';
import type { LogRow, MessageRow } from './row.ts';
import { chainOf, DEVICE, idOf, LOG, ME, message, opened, OTHER, session } from './testing/opened.ts';

function eventAt(seq: number, person: string, kind: EventClass = 'message', refers: readonly string[] = []): LoggedEvent {
  return { seq, at: seq, person, envelope: { version: 1, id: idOf(seq), log: LOG, device: DEVICE, generation: 1, class: kind, blobs: [], refers: [...refers], expiry: 'never' }, body: '', removed: null, grant: null };
}

/** A body says what its class does. `counters`: what is not the number of the event itself. */
const opener = (counters: Readonly<Record<number, number>> = {}): EventOpener => ({
  open: async (events) => events.map((event) => opened(event, event.envelope.class === 'message' ? message : { kind: 'heard', seconds: 1 }, counters[event.seq])),
});

interface Device {
  readonly store: Store;
  readonly replica: Replica;
  aside: Aside;
  /** What the list shows as unheard: in their place, and aside. */
  unheard(): Promise<number>;
  message(seq: number): Promise<MessageRow | undefined>;
  openAll(): Promise<void>;
}

async function device(opens = opener()): Promise<Device> {
  const store = memoryStore();
  const replica = new Replica(store, opens);
  const member = (person: string) => ({ person, role: 'member', joined: 1, left: null, chain: 1 }) as const;
  await store.commit([{ put: keys.session, value: session }]);
  await replica.takeInfo(ME, { id: LOG, kind: 'direct', head: 3, receipts: 0, generation: 1, due: false, members: [member(ME), member(OTHER)] });
  await store.commit([ME, OTHER].map((person) => ({ put: keys.chain(person), value: chainOf(person) })));
  const one: Device = {
    store, replica, aside: new Aside(store, opens),
    unheard: async () => {
      const row = (await store.get(keys.log(LOG))) as LogRow;
      return row.unheard + (row.aside?.unheard ?? 0);
    },
    message: async (seq) => (await store.get(keys.message(LOG, seq))) as MessageRow | undefined,
    openAll: async () => {
      await one.aside.openAll(session, { turn: new Turn(), signal: new AbortController().signal, announce: () => undefined });
    },
  };
  return one;
}

/** Twenty messages; then this person heard the second one, elsewhere. */
const history = [...Array.from({ length: 20 }, (_, at) => eventAt(at + 1, OTHER)), eventAt(21, ME, 'signal', [idOf(2)])];

test('[ASIDE1] what lies aside counts as unheard by its outside; the newest are shown, and once all is in its place it is as if it had come so', async () => {
  const one = await device();
  await one.aside.put(ME, LOG, history.slice(0, 15));
  await one.aside.put(ME, LOG, history.slice(10));
  assert.equal(await one.unheard(), 19);
  await one.aside.openNewest(session);
  assert.equal(await one.unheard(), 19);
  assert.deepEqual([await one.message(11), (await one.message(20))?.content?.samples], [undefined, 960]);
  // Heard here before it is in its place.
  const shown = await one.message(20);
  const log = (await one.store.get(keys.log(LOG))) as LogRow;
  await one.store.commit([{ put: keys.message(LOG, 20), value: { ...shown, heard: true } as MessageRow }, { put: keys.log(LOG), value: { ...log, unheard: log.unheard - 1 } }]);
  assert.equal(await one.unheard(), 18);
  await one.openAll();
  const { applied, aside, unheard } = (await one.store.get(keys.log(LOG))) as LogRow;
  assert.deepEqual({ applied, aside, unheard }, { applied: 21, aside: undefined, unheard: 18 });
  assert.deepEqual([(await one.message(2))?.heard, (await one.message(20))?.heard, (await one.message(20))?.ahead], [true, true, undefined]);
  assert.deepEqual(await one.store.list(below('r/aside')), []);
});

test('[ASIDE1] a message that is here and was heard elsewhere meanwhile is unheard no longer, from the moment that its event lies aside', async () => {
  const one = await device();
  await one.replica.takeEvents(session, LOG, history.slice(0, 20));
  assert.equal(await one.unheard(), 20);
  await one.aside.put(ME, LOG, history.slice(20));
  assert.equal(await one.unheard(), 19);
  await one.openAll();
  assert.equal(await one.unheard(), 19);
});

test('[ASIDE2] another run of the program goes on with what the one before has put aside', async () => {
  const one = await device();
  await one.aside.put(ME, LOG, history.slice(0, 20));
  one.aside = new Aside(one.store, opener());
  await one.aside.put(ME, LOG, history.slice(20));
  assert.equal(await one.unheard(), 19);
  await one.openAll();
  assert.equal(((await one.store.get(keys.log(LOG))) as LogRow).applied, 21);
  assert.equal(await one.unheard(), 19);
});

test('[ASIDE3] what was shown before its place and does not fit there is named, and nothing is left of it', async () => {
  // The server repeats: what the device has counted before comes last.
  const one = await device(opener({ 20: 5 }));
  await one.aside.put(ME, LOG, history.slice(0, 20));
  await one.aside.openNewest(session);
  assert.equal((await one.message(20))?.content?.samples, 960);
  await one.openAll();
  const row = await one.message(20);
  assert.deepEqual([row?.content, row?.failure?.code, row?.failure?.evidence['reason']], [null, 'server.misbehaves', 'counter']);
  assert.equal(await one.store.get(keys.fetch(LOG, 20)), undefined);
});

test('[ASIDE3] what says nothing of who said it is not shown before its place, and what does not follow is asked for again', async () => {
  const strange: EventOpener = { open: async (events) => (await opener().open(events, session)).map((one) => ({ ...one, content: one.content && { ...one.content, signingKey: 'another' } })) };
  const one = await device(strange);
  await one.aside.put(ME, LOG, [...history.slice(0, 3), ...history.slice(5)]);
  assert.equal(((await one.store.get(keys.log(LOG))) as LogRow).aside?.upTo, 3);
  await one.aside.openNewest(session);
  assert.equal(await one.message(3), undefined);
});
