import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '@earshot/protocol/failures.ts';
import type { LoggedEvent } from '@earshot/protocol/envelope.ts';
import type { EventOpener } from '../sealer.ts';
import { keys } from '../stores/keys.ts';
import { memoryStore } from '../stores/memory.ts';
import { nothingWatched } from '../keys/log-watch.ts';
import { reopen } from './late.ts';
import type { LogRow, MessageRow } from './row.ts';
import { DEVICE, LOG, OTHER, session } from './testing/opened.ts';

/** A device that has so many events whose keys were withheld. */
async function withheld(count: number) {
  const store = memoryStore();
  for (let seq = 1; seq <= count; seq += 1) {
    const event: LoggedEvent = {
      seq, at: seq, person: OTHER, body: '', removed: null, grant: null,
      envelope: { version: 1, id: `${seq}`.padStart(26, '7'), log: LOG, device: DEVICE, generation: seq, class: 'key', blobs: [], refers: [], expiry: 'never' },
    };
    await store.commit([{ put: keys.event(LOG, seq), value: { ...event, hash: '' } }, { put: keys.late(LOG, seq), value: nothingWatched }]);
  }
  const [asked, tried] = [new Map<number, number>(), new Map<number, number>()];
  const note = (which: Map<number, number>, seq: number): void => void which.set(seq, (which.get(seq) ?? 0) + 1);
  const opener: EventOpener = {
    open: async (events) => events.map((event) => {
      note(tried, event.seq);
      return { event, hash: '', content: null, failure: null, granted: null };
    }),
  };
  /** One catching up, in which the server does not know the conversation. */
  const look = (now: number): Promise<unknown> => reopen(store, opener, session, {
    now,
    ask: async (_, seq) => {
      note(asked, seq);
      throw new Failure('not-found', {});
    },
  });
  return { asked, tried, look };
}

test('[LATE2] every withheld key gets its turn, what the server refuses keeps nothing from the others, and each waits longer before it is asked for again', async () => {
  const { asked, tried, look } = await withheld(45);
  for (let now = 1; now <= 3; now += 1) await look(now);
  assert.equal(tried.size, 45);
  assert.deepEqual([asked.size, ...new Set(asked.values())], [45, 1]);
  await look(4);
  assert.deepEqual([...new Set(asked.values())], [1], 'not at once');
  for (let second = 1; second <= 3_600; second += 30) await look(second * 1_000);
  const most = Math.max(...asked.values());
  assert.ok(most >= 5 && most <= 16, `${String(most)} times in an hour`);
});

test('[LATE1] however much could not be opened, each look goes on behind the last one', async () => {
  const { tried, look } = await withheld(1_200);
  for (let now = 1; now <= 5; now += 1) await look(now);
  assert.equal(tried.size, 1_200);
  assert.ok(Math.min(...tried.values()) >= 2);
});

test('[VANISH8] a message whose chain came late and has nothing for this device is waited for no longer', async () => {
  const store = memoryStore();
  const id = '7'.repeat(26);
  const envelope = { version: 1, id, log: LOG, device: DEVICE, generation: 1, class: 'message', blobs: [], refers: [], expiry: { heard: 120 }, ephemeral: { chain: DEVICE, step: 0 } } as const;
  const event: LoggedEvent = { seq: 3, at: 3, person: OTHER, body: '', removed: null, grant: null, envelope: { ...envelope, blobs: [], refers: [] } };
  const message = { id, log: LOG, seq: 3, at: 3, person: OTHER, content: null, blobs: [], removed: null, here: false, heard: false, heardBy: [], failure: { code: 'key.missing', evidence: {} }, ephemeral: envelope.ephemeral } satisfies MessageRow;
  const log = { id: LOG, unheard: 1, applied: 3, delivered: 3, members: [] };
  await store.commit([{ put: keys.log(LOG), value: log }, { put: keys.event(LOG, 3), value: { ...event, hash: '' } }, { put: keys.late(LOG, 3), value: nothingWatched }, { put: keys.message(LOG, 3), value: message }]);
  const failure = new Failure('key.vanished', { log: LOG });
  const opener: EventOpener = { open: async (events) => events.map((one) => ({ event: one, hash: '', content: null, failure, granted: null })) };
  const happenings = await reopen(store, opener, session, { now: 1, ask: async () => null });
  assert.deepEqual(happenings, [{ type: 'changed', conversation: LOG, message: id }]);
  assert.equal(((await store.get(keys.message(LOG, 3))) as MessageRow).failure?.code, 'key.vanished');
  assert.deepEqual([((await store.get(keys.log(LOG))) as LogRow).unheard, await store.get(keys.late(LOG, 3))], [0, undefined]);
});
