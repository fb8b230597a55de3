import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogInfo } from '@earshot/protocol/people.ts';
import type { EventOpener } from '../sealer.ts';
import { keys } from '../stores/keys.ts';
import { memoryStore } from '../stores/memory.ts';
import { Transaction } from '../stores/transaction.ts';
import { deliveredUpTo } from './delivered.ts';
import { Replica } from './replica.ts';
import { emptyLog, type LogRow } from './row.ts';

const LOG = '0000000000000000000000000L';
const log: LogRow = { ...emptyLog, id: LOG, kind: 'group', members: [], applied: 3, delivered: 1 };

test('[SYNC6] a message that became whole between looking and guarding counts for the receipt', async () => {
  const store = memoryStore();
  await store.commit([{ put: keys.fetch(LOG, 2), value: 'two' }]);
  const list: typeof store.list = async (range) => {
    const listed = await store.list(range);
    await store.commit([{ drop: keys.fetch(LOG, 2) }]);
    return listed;
  };
  assert.equal(await deliveredUpTo(new Transaction({ ...store, list }), log), 3);
});

test('[SYNC6] a receipt is not written on what was missing when another message became whole before it', async () => {
  const store = memoryStore();
  await store.commit([{ put: keys.fetch(LOG, 3), value: 'three' }]);
  const transaction = new Transaction(store);
  transaction.put(keys.log(LOG), { ...log, delivered: await deliveredUpTo(transaction, log) });
  await store.commit([{ drop: keys.fetch(LOG, 3) }]);
  assert.equal(await store.commit(transaction.changes()), false);
});

test('[SYNC6] who comes back into a group has not received by that what was still missing when she left', async () => {
  const [ME, OTHER] = ['0000000000000000000000000p', '0000000000000000000000000r'];
  const store = memoryStore();
  const session = { person: ME, handle: 'me', name: 'Me', device: 'device', token: null, locked: false, ended: null };
  await store.commit([{ put: keys.session, value: session }, { put: keys.log(LOG), value: log }, { put: keys.fetch(LOG, 2), value: 'two' }]);
  const members = [[ME, 8], [OTHER, 1]].map(([person, joined]) => ({ person: String(person), role: 'member', joined: Number(joined), left: null, chain: 1 })) as LogInfo['members'];
  const opener: EventOpener = { open: async () => [] };
  await new Replica(store, opener).takeInfo(ME, { id: LOG, kind: 'group', head: 8, members, receipts: 0, generation: 1, due: false });
  const { applied, delivered } = (await store.get(keys.log(LOG))) as LogRow;
  assert.deepEqual([applied, delivered], [7, 1]);
});
