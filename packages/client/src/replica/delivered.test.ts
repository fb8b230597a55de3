import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keys } from '../stores/keys.ts';
import { memoryStore } from '../stores/memory.ts';
import { Transaction } from '../stores/transaction.ts';
import { deliveredUpTo } from './delivered.ts';
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
