import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import { memoryStore } from '../stores/memory.ts';
import { transact } from '../stores/transaction.ts';
import { deliveredUpTo } from './apply.ts';
import type { LogRow } from './row.ts';

const LOG = 'qkf19ye5g8ayptaxdhvesgfd4m';

test('[SYNC5] a download that ends while another one counts what is whole leaves nothing unreported', async () => {
  const inner = memoryStore();
  await inner.commit([34, 35].map((seq) => ({ put: keys.fetch(LOG, seq), value: true })));
  // The other one ends right behind the look at what is missing.
  let raced = false;
  const store: Store = {
    ...inner,
    list: async (range) => {
      const found = await inner.list(range);
      if (!raced) await inner.commit([{ drop: keys.fetch(LOG, 35) }]);
      raced = true;
      return found;
    },
  };
  const log = { id: LOG, applied: 35, delivered: 33 } as LogRow;
  const delivered = await transact(store, async (transaction) => {
    transaction.drop(keys.fetch(LOG, 34));
    return await deliveredUpTo(transaction, log);
  });
  assert.equal(delivered, 35);
});
