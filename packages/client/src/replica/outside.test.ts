import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Body } from '@earshot/protocol/bodies.ts';
import type { Envelope, EventClass } from '@earshot/protocol/envelope.ts';
import { below, keys } from '../stores/keys.ts';
import { memoryStore } from '../stores/memory.ts';
import { transact } from '../stores/transaction.ts';
import { effectsOf } from './apply.ts';
import { emptyLog, type LogRow } from './row.ts';

const log: LogRow = { ...emptyLog, id: 'log', kind: 'direct', members: [] };

test('[LOG9] what a closed conversation takes says nothing else under its name: neither a title nor when something expires', async () => {
  const store = memoryStore();
  const said = (kind: EventClass, body: Body): Promise<LogRow> => transact(store, async (transaction) => {
    const envelope: Envelope = { version: 1, id: 'event', log: 'log', device: 'device', generation: 1, class: kind, blobs: [], refers: ['one'], expiry: 'never' };
    return await effectsOf(transaction, 'me', log, { event: { seq: 2, at: 1, person: 'other', envelope, body: '', removed: null, grant: null }, body, failure: null, watch: null, log }, []);
  });
  for (const kind of ['heard', 'keep', 'restore', 'remove'] as const) {
    for (const body of [{ kind: 'expiry', seconds: 0 }, { kind: 'title', title: 'Hello again' }] as const) assert.deepEqual(await said(kind, body), log, `${kind} ${body.kind}`);
  }
  assert.deepEqual(await store.list(below('r/change')), []);
  assert.equal((await said('signal', { kind: 'expiry', seconds: 60 })).expiry, 60);
  assert.notEqual(await store.get(keys.change('log', 2)), undefined);
});
