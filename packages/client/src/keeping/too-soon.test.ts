import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '@earshot/protocol/limits.ts';
import { applyRemoval } from '../replica/apply.ts';
import type { LogRow, MessageRow } from '../replica/row.ts';
import { keys } from '../stores/keys.ts';
import type { Transaction } from '../stores/transaction.ts';
import { applyHidden, applyKeep, applyRestore, applyWaiting } from './apply.ts';
import { about, BELIEVED, device, hiding, keeper, NOW, ownLog, REST, told, until } from './testing/away.node.ts';

test('[KEEP11] what had been taken back before a device that was away ended it by itself was taken back, and keeping it brings back nothing', async () => {
  const ended = BELIEVED + 60_000;
  const expired: Partial<MessageRow> = { person: 'bo', expiry: 60, heardBy: [{ person: 'me', at: BELIEVED }], content: null, here: false, removed: { at: ended, by: 'bo', rule: 'expired' } };
  const { store, row, step } = await device(expired);
  await step((transaction, to) => applyRemoval(transaction, 'me', to, { at: ended - 2, person: 'bo' }, ['one'], told));
  await step((transaction, to) => applyKeep(transaction, 'me', to, about(ended - 1, 'me'), told));
  assert.deepEqual([(await row()).removed, await store.get(keys.fetch('log', 5))], [{ at: ended - 2, by: 'bo', rule: 'removed' }, undefined]);
  const later = await device(expired);
  await later.step((transaction, to) => applyRemoval(transaction, 'me', to, { at: ended + 1, person: 'bo' }, ['one'], told));
  assert.equal((await later.row()).removed?.rule, 'expired', 'taken back when it had ended');
});

test('[KEEP11] what a device that was away ended by itself comes back when it hears that it had been kept before', async () => {
  const { store, row, step } = await device({ person: 'bo', expiry: 60, heardBy: [{ person: 'me', at: BELIEVED }] });
  await using stack = new AsyncDisposableStack();
  const { end } = keeper(store, BELIEVED + 60_000);
  stack.defer(end);
  while ((await row()).removed === null) await new Promise((resolve) => setImmediate(resolve));
  await step((transaction, to) => applyKeep(transaction, 'me', to, about(BELIEVED + 60_000, 'bo'), told));
  assert.equal((await row()).removed?.rule, 'expired', 'kept too late, it stays ended');
  await step((transaction, to) => applyKeep(transaction, 'me', to, about(BELIEVED + 59_999, 'bo'), told));
  assert.deepEqual([(await row()).removed, (await row()).keep?.by, (await row()).ends], [null, 'bo', undefined]);
  assert.equal(await store.get(keys.fetch('log', 5)), 'one', 'its sound is asked for');
});

test('[KEEP11] what this person let go while she was away did not expire where somebody had kept it by then', async () => {
  const { row, step } = await device({ expiry: 60, removed: { at: BELIEVED, by: 'me', rule: 'let-go', pending: true }, content: null, here: false });
  await step((transaction, to) => applyKeep(transaction, 'me', to, about(NOW, 'bo'), told));
  assert.deepEqual([(await row()).removed?.rule, (await row()).keep?.by], ['let-go', 'bo']);
});

test('[BACK2] what a device ended before it heard that its person had asked for it in time is there again', async () => {
  const END = BELIEVED + 60_000;
  const { store, row, step } = await device({ person: 'bo', expiry: 60, heardBy: [{ person: 'me', at: BELIEVED }] });
  const keeping = keeper(store, NOW);
  await until(async () => (await row()).removed !== null);
  await keeping.end();
  await step((transaction, to) => applyWaiting(transaction, 'me', to, about(END), told));
  assert.equal((await row()).removed?.rule, 'expired', 'asked too late');
  await step((transaction, to) => applyWaiting(transaction, 'me', to, about(END - 1), told));
  assert.deepEqual([(await row()).removed, (await row()).ends, await store.get(keys.fetch('log', 5))], [null, END - 1 + limits.askLife, 'one']);
});

test('[KEEP3] what this person let go for good stays gone, also where this device had ended it too soon and only then hears that it was kept, asked for, or taken back and restored', async () => {
  const END = BELIEVED + 60_000;
  const goodbye = { ...hiding(true, END + 1), forGood: true } as const;
  const back: readonly ((transaction: Transaction, to: LogRow) => Promise<unknown>)[] = [
    (transaction, to) => applyKeep(transaction, 'me', to, about(END - 1, 'bo'), told),
    (transaction, to) => applyWaiting(transaction, 'me', to, about(END - 1), told),
    async (transaction, to) => {
      const removed = await applyRemoval(transaction, 'me', to, { at: END - 1, person: 'bo' }, ['one'], told);
      await applyRestore(transaction, 'me', removed, about(END + 2, 'bo'), told);
    },
  ];
  for (const step of back) {
    const away = await device({ person: 'bo', expiry: 60, heardBy: [{ person: 'me', at: BELIEVED }], content: null, here: false, removed: { at: END, by: 'bo', rule: 'expired' } });
    await away.step((transaction) => applyHidden(transaction, 'me', ownLog, goodbye, told));
    await away.step(step);
    assert.deepEqual([(await away.row()).removed, await away.store.get(keys.fetch('log', 5))], [{ at: END + 1, by: 'me', rule: 'let-go' }, undefined]);
    assert.equal(await away.store.get(keys.letting('log', 'one')), true, 'the server is told');
  }
});

test('[KEEP3] what this person deleted for herself is deleted when it comes back to a device that had ended it too soon, whether that heard of it before or after', async () => {
  const END = BELIEVED + 60_000;
  const heard: Partial<MessageRow> = { person: 'bo', expiry: 60, heardBy: [{ person: 'me', at: BELIEVED }] };
  const kept = (transaction: Transaction, to: LogRow): Promise<unknown> => applyKeep(transaction, 'me', to, about(END - 1, 'bo'), told);
  const before = await device({ ...heard, hidden: { at: END - 2 } });
  const keeping = keeper(before.store, NOW);
  await until(async () => (await before.row()).removed !== null);
  await keeping.end();
  await before.step(kept);
  const after = await device({ ...heard, content: null, here: false, removed: { at: END, by: 'bo', rule: 'expired' } });
  await after.step((transaction) => applyHidden(transaction, 'me', ownLog, hiding(true, END - 2), told));
  assert.equal((await after.row()).removed?.rule, 'expired');
  await after.step(kept);
  for (const { row } of [before, after]) assert.deepEqual([(await row()).removed, (await row()).hidden, (await row()).ends], [null, { at: END - 2 }, END - 2 + REST]);
});
