import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directLogId } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { limits } from '@earshot/protocol/limits.ts';
import { applyNotice, applyRemoval } from '../replica/apply.ts';
import { dropBytesOf, noteNames } from '../replica/bytes-of.ts';
import type { LogRow, MessageRow } from '../replica/row.ts';
import type { Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import { transact } from '../stores/transaction.ts';
import { applyHidden, applyKeep, applyRestore, applyWaiting, refuseKeep, refuseRemoval, refuseRestore } from './apply.ts';
import { judgeOwn, writeMessage } from './write.ts';
import { about, BELIEVED, content, DAY, device, hiding, keeper, log, NOW, ownLog, REST, said, told, until } from './testing/away.node.ts';

test('[KEEP11] what was taken back on a device that was away rests from when the server heard of it; its second word moves nothing', async () => {
  const { row, step } = await device();
  await step((transaction, to) => applyRemoval(transaction, 'me', to, { at: BELIEVED, person: 'me', pending: true }, ['one'], told));
  assert.equal((await row()).removed?.at, BELIEVED);
  await step((transaction, to) => applyRemoval(transaction, 'me', to, { at: NOW, person: 'me' }, ['one'], told));
  assert.deepEqual((await row()).removed, { at: NOW, by: 'me', rule: 'removed' });
  assert.equal((await row()).ends, NOW + REST);
  await step((transaction, to) => applyRemoval(transaction, 'me', to, { at: NOW + DAY, person: 'me' }, ['one'], told));
  assert.equal((await row()).removed?.at, NOW);
});

test('[KEEP11] what a person deleted on a device that was away is not gone for good the moment it hears how late it is', async () => {
  const { store, row, step } = await device();
  const hide = { kind: 'hidden', log: 'log', message: 'one', hidden: true } as const;
  await step((transaction) => applyHidden(transaction, 'me', { ...log, id: 'own', kind: 'self' }, { ...hide, at: BELIEVED, pending: true }, told));
  assert.equal((await row()).ends, BELIEVED + REST);
  const keeping = keeper(store, NOW);
  await until(async () => ((await row()).ends ?? 0) >= NOW + REST);
  await keeping.end();
  const [{ removed, content: there }, letting] = [await row(), await store.get(keys.letting('log', 'one'))];
  assert.deepEqual({ removed, there, letting }, { removed: null, there: content, letting: undefined });
  await step((transaction) => applyHidden(transaction, 'me', { ...log, id: 'own', kind: 'self' }, { ...hide, at: NOW - DAY }, told));
  assert.deepEqual((await row()).hidden, { at: NOW - DAY });
});

test('[KEEP11] the notice of what was let go for good tells the time of the server', async () => {
  const { row, step } = await device();
  const letGo = { kind: 'hidden', log: 'log', message: 'one', hidden: true, forGood: true } as const;
  await step((transaction) => applyHidden(transaction, 'me', { ...log, id: 'own', kind: 'self' }, { ...letGo, at: BELIEVED, pending: true }, told));
  await step((transaction) => applyHidden(transaction, 'me', { ...log, id: 'own', kind: 'self' }, { ...letGo, at: NOW }, told));
  assert.deepEqual((await row()).removed, { at: NOW, by: 'me', rule: 'let-go' });
});

test('[KEEP11] what was let go for good does not come back before the server has heard of that: neither taken back by its sender nor restored', async () => {
  const { store, row, step } = await device({ person: 'bo' });
  const letGo = { kind: 'hidden', log: 'log', message: 'one', hidden: true, forGood: true } as const;
  await step((transaction) => applyHidden(transaction, 'me', { ...log, id: 'own', kind: 'self' }, { ...letGo, at: BELIEVED, pending: true }, told));
  await step((transaction, to) => applyRemoval(transaction, 'me', to, { at: NOW, person: 'bo' }, ['one'], told));
  await step((transaction, to) => applyRestore(transaction, 'me', to, about(NOW, 'bo'), told));
  assert.deepEqual([(await row()).removed?.rule, await store.get(keys.fetch('log', 5))], ['let-go', undefined]);
});

test('[KEEP11] what had expired when the server heard that it is to be kept ends, also where this device had kept it', async () => {
  const { row, step } = await device({ person: 'bo', expiry: 60, heardBy: [{ person: 'me', at: BELIEVED }] });
  await step((transaction, to) => applyKeep(transaction, 'me', to, { ...about(BELIEVED), pending: true }, told));
  assert.deepEqual([(await row()).keep?.by, (await row()).ends], ['me', undefined]);
  await step((transaction, to) => applyKeep(transaction, 'me', to, { ...about(NOW) }, told));
  assert.deepEqual([(await row()).keep, (await row()).ends], [undefined, BELIEVED + 60_000]);
});

test('[KEEP11] what a person kept after she had left on another device ends when it would have; what somebody else kept stays', async () => {
  const heard = { person: 'bo', expiry: 60, heardBy: [{ person: 'me', at: BELIEVED }] } as const;
  const { row, step } = await device(heard);
  await step((transaction, to) => applyKeep(transaction, 'me', to, { ...about(BELIEVED), pending: true }, told));
  await step((transaction) => refuseKeep(transaction, 'me', 'one', told));
  assert.deepEqual([(await row()).keep, (await row()).ends], [undefined, BELIEVED + 60_000]);
  const other = await device(heard);
  await other.step((transaction, to) => applyKeep(transaction, 'me', to, { ...about(BELIEVED), pending: true }, told));
  await other.step((transaction, to) => applyKeep(transaction, 'me', to, about(BELIEVED, 'cy'), told));
  await other.step((transaction) => refuseKeep(transaction, 'me', 'one', told));
  assert.deepEqual([(await other.row()).keep?.by, (await other.row()).ends], ['cy', undefined]);
});

test('[KEEP11] what the server would not bring back was taken back, and stays so when it takes over no second removal either', async () => {
  const { row, step } = await device();
  await step((transaction, to) => applyRemoval(transaction, 'me', to, { at: BELIEVED, person: 'me', pending: true }, ['one'], told));
  await step((transaction, to) => applyRestore(transaction, 'me', to, { ...about(BELIEVED + 1), pending: true }, told));
  await step((transaction) => refuseRestore(transaction, 'me', 'one', told, 'message.rested'));
  await step((transaction) => refuseRemoval(transaction, 'me', 'one', told));
  assert.deepEqual((await row()).removed, { at: BELIEVED, by: 'me', rule: 'removed', stands: true });
});

test('[KEEP11] what the server no longer had to bring back is a notice again', async () => {
  const { row, step } = await device({ removed: { at: BELIEVED, by: 'me', rule: 'removed' } });
  await step((transaction, to) => applyRestore(transaction, 'me', to, { ...about(BELIEVED + DAY), pending: true }, told));
  assert.equal((await row()).removed, null);
  await step((transaction) => refuseRestore(transaction, 'me', 'one', told, 'message.rested'));
  const { removed, over, content: there, back } = await row();
  assert.deepEqual({ removed, over, there, back }, { removed: { at: BELIEVED, by: 'me', rule: 'removed' }, over: true, there: null, back: undefined });
});

test('[KEEP11] what a person took back after she had left on another device is with the others still: it is there again, also where she had brought it back; let go for good it stays gone', async () => {
  const pending = { at: BELIEVED, by: 'me', rule: 'removed', pending: true } as const;
  const one = await device({ removed: pending });
  await one.step((transaction) => refuseRemoval(transaction, 'me', 'one', told));
  assert.deepEqual([(await one.row()).removed, (await one.row()).content], [null, content]);
  const other = await device({ removed: pending });
  await other.step((transaction, to) => applyRestore(transaction, 'me', to, { ...about(BELIEVED + DAY), pending: true }, told));
  await other.step((transaction) => refuseRemoval(transaction, 'me', 'one', told));
  await other.step((transaction) => refuseRestore(transaction, 'me', 'one', told, 'message.rested'));
  assert.deepEqual([(await other.row()).removed, (await other.row()).content, (await other.row()).back], [null, content, undefined]);
  const third = await device({ removed: pending });
  await third.step((transaction) => applyHidden(transaction, 'me', { ...log, id: 'own', kind: 'self' }, { kind: 'hidden', log: 'log', message: 'one', hidden: true, forGood: true, at: NOW }, told));
  await third.step((transaction) => refuseRemoval(transaction, 'me', 'one', told));
  assert.deepEqual([(await third.row()).removed, (await third.row()).content], [{ at: BELIEVED, by: 'me', rule: 'let-go' }, null]);
});

test('[KEEP12] an answer of before a message was restored that comes late takes nothing away', async () => {
  const { row, step } = await device({ person: 'bo' });
  const event = { envelope: { id: 'one' }, removed: { at: BELIEVED, by: 'bo', rule: 'removed', sha256: '' } } as unknown as Parameters<typeof applyNotice>[3];
  await step((transaction, to) => applyNotice(transaction, 'me', to, event, told));
  assert.equal((await row()).removed, null);
});

test('[KEEP12] bytes that several messages name stay as long as one of them is there or waits for them, also where the one between is not here', async () => {
  const blobs = [{ id: 'blob', length: 1, sha256: 'x' }];
  const { store, step } = await device({ blobs, here: false });
  await step(async (transaction) => {
    transaction.put('b/blob/0', Uint8Array.of(1));
    // What was made of one that was made of it.
    for (const id of ['one', 'three']) noteNames(transaction, id, { blobs });
    await dropBytesOf(transaction, { id: 'three', blobs });
  });
  assert.ok(await store.get('b/blob/0'));
  await step((transaction) => dropBytesOf(transaction, { id: 'one', blobs }));
  assert.equal(await store.get('b/blob/0'), undefined, 'nobody else needs them');
});

test('[KEEP13] what one sent expires when who had not heard it has left, and what she said until then is known', async () => {
  const { row, step } = await device({ expiry: 60, heardBy: [{ person: 'bo', at: BELIEVED }] });
  for (const [left, applied, ends] of [[null, 9, undefined], [9, 8, undefined], [9, 9, BELIEVED + 60_000]] as const) {
    const members = log.members.map((member) => (member.person === 'cy' ? { ...member, left } : member));
    await step((transaction) => judgeOwn(transaction, 'me', { ...log, members, applied }));
    assert.equal((await row()).ends, ends);
  }
});

test('[KEEP1] a disk that is full for a while ends nothing for good: what is over goes once there is room; what expired while it rested has expired', async () => {
  const { store, row } = await device({ person: 'bo', expiry: 60, heardBy: [{ person: 'me', at: BELIEVED }], hidden: { at: BELIEVED } });
  let full = true;
  const disk: Store = { ...store, get: (key) => store.get(key), list: (range) => store.list(range), close: () => store.close(), commit: async (changes) => {
    if (full) throw new Failure('device.storage', {});
    return await store.commit(changes);
  } };
  const keeping = keeper(disk, NOW);
  await until(() => keeping.faults.length > 1);
  assert.deepEqual([(await row()).removed, keeping.faults[0]], [null, 'device.storage']);
  full = false;
  await until(async () => (await row()).removed !== null);
  await keeping.end();
  assert.deepEqual((await row()).removed, { at: BELIEVED + 60_000, by: 'bo', rule: 'expired' });
});

test('[SYNC9] what ends before its bytes came holds up no receipt: by its expiry, let go, or brought back in vain', async () => {
  const waiting = async (change: Partial<MessageRow>): Promise<{ one: Awaited<ReturnType<typeof device>>; delivered: () => Promise<number | undefined> }> => {
    const one = await device({ person: 'bo', here: false, ...change });
    await one.store.commit([{ put: keys.log('log'), value: { ...log, applied: 9, delivered: 4 } }, { put: keys.fetch('log', 5), value: 'one' }]);
    return { one, delivered: async () => ((await one.store.get(keys.log('log'))) as LogRow | undefined)?.delivered };
  };
  const expiring = await waiting({ expiry: 60, heardBy: [{ person: 'me', at: BELIEVED }] });
  const keeping = keeper(expiring.one.store, NOW);
  await until(async () => (await expiring.one.row()).removed !== null);
  await keeping.end();
  assert.equal(await expiring.delivered(), 9);
  const hidden = await waiting({});
  await hidden.one.step((transaction) => applyHidden(transaction, 'me', { ...log, id: 'own', kind: 'self' }, { kind: 'hidden', log: 'log', message: 'one', hidden: true, forGood: true, at: NOW }, told));
  assert.equal(await hidden.delivered(), 9);
  const back = await waiting({ person: 'me', back: { at: BELIEVED, by: 'me', rule: 'removed' } });
  await back.one.step((transaction) => refuseRestore(transaction, 'me', 'one', told, 'message.rested'));
  assert.equal(await back.delivered(), 9);
});

test('[KEEP12] what a person deletes while it is taken back is deleted for her when it comes back, on whichever device and in whatever order', async () => {
  const own = { ...log, id: 'own', kind: 'self' } as const;
  const hide = { kind: 'hidden', log: 'log', message: 'one', hidden: true, at: NOW } as const;
  const { row, step } = await device({ person: 'bo', removed: { at: BELIEVED, by: 'bo', rule: 'removed' } });
  await step((transaction) => applyHidden(transaction, 'me', own, hide, told));
  await step((transaction, to) => applyRestore(transaction, 'me', to, about(NOW + DAY, 'bo'), told));
  assert.deepEqual([(await row()).removed, (await row()).hidden], [null, { at: NOW }]);
  const other = await device({ person: 'bo', removed: { at: BELIEVED, by: 'bo', rule: 'removed' } });
  await other.step((transaction) => applyHidden(transaction, 'me', own, { ...hide, forGood: true }, told));
  await other.step((transaction, to) => applyRestore(transaction, 'me', to, about(NOW + DAY, 'bo'), told));
  assert.deepEqual((await other.row()).removed, { at: NOW, by: 'me', rule: 'let-go' });
});

test('[KEEP3] what was brought back on another device before its rest was over is not let go by a device that was away, whichever it hears first: how late it is, or that', async () => {
  const { store, row, step } = await device({ hidden: { at: BELIEVED } });
  let asked = false;
  const answered = Promise.withResolvers<void>();
  const keeping = keeper(store, NOW, async () => {
    asked = true;
    await answered.promise;
  });
  await until(() => asked);
  assert.deepEqual([(await row()).removed, (await row()).content], [null, content], 'it waits for what she said meanwhile');
  await step((transaction) => applyHidden(transaction, 'me', ownLog, hiding(false, BELIEVED + DAY), told));
  answered.resolve();
  await until(async () => (await store.list(below('r/due'))).length === 0);
  await keeping.end();
  assert.deepEqual([(await row()).removed, (await row()).hidden, await store.get(keys.letting('log', 'one'))], [null, undefined, undefined]);
});

test('[KEEP3] without a network nothing is let go because it rested its time, and what expires meanwhile does; with one it is', async () => {
  const { store, row } = await device({ person: 'bo', hidden: { at: BELIEVED } });
  await transact(store, async (transaction) => {
    transaction.put(keys.at('two'), { log: 'log', seq: 6 });
    await writeMessage(transaction, 'me', log, null, { ...said({ person: 'bo', expiry: 60, heardBy: [{ person: 'me', at: BELIEVED + REST }] }), id: 'two', seq: 6 });
  });
  let offline = true;
  const keeping = keeper(store, NOW, async () => {
    if (offline) throw new Failure('network.unreachable');
  });
  await until(async () => ((await store.get(keys.message('log', 6))) as MessageRow).removed?.rule === 'expired');
  assert.equal((await row()).removed, null);
  offline = false;
  await until(async () => (await row()).removed !== null);
  await keeping.end();
  assert.deepEqual((await row()).removed, { at: BELIEVED + REST, by: 'me', rule: 'let-go', rested: true });
});

test('[KEEP3] nothing is let go while this person\'s own log is read a second time', async () => {
  const { store, row, step } = await device({ hidden: { at: BELIEVED } });
  const own = keys.log(await directLogId('me', 'me'));
  await step(async (transaction) => transaction.put(own, { ...ownLog, applied: 3, again: 9 }));
  let caughtUp = 0;
  const keeping = keeper(store, NOW, async () => void (caughtUp += 1));
  await until(() => caughtUp > 2);
  assert.equal((await row()).removed, null);
  await step(async (transaction) => transaction.put(own, { ...ownLog, applied: 9, again: 9 }));
  await until(async () => (await row()).removed !== null);
  await keeping.end();
});

test('[KEEP3] what this device let go by itself although it had been brought back before comes back, and rests anew where it was deleted again; what is brought back too late, or was let go for good, stays so', async () => {
  const ended = async (forGood: boolean): Promise<Awaited<ReturnType<typeof device>>> => {
    const one = await device({ person: 'bo', hidden: { at: BELIEVED } });
    if (forGood) await one.step((transaction) => applyHidden(transaction, 'me', ownLog, { ...hiding(true, BELIEVED + REST), forGood: true }, told));
    const keeping = keeper(one.store, NOW);
    await until(async () => (await one.row()).removed !== null);
    await keeping.end();
    await one.store.commit([{ put: keys.letting('log', 'one'), value: false }]);
    return one;
  };
  const back = await ended(false);
  await back.step((transaction) => applyHidden(transaction, 'me', ownLog, hiding(false, BELIEVED + REST), told));
  assert.equal((await back.row()).removed?.rule, 'let-go', 'its rest was over');
  await back.step((transaction) => applyHidden(transaction, 'me', ownLog, hiding(false, BELIEVED + DAY), told));
  assert.deepEqual([(await back.row()).removed, await back.store.get(keys.fetch('log', 5)), await back.store.get(keys.letting('log', 'one'))], [null, 'one', undefined]);
  await back.step((transaction) => applyHidden(transaction, 'me', ownLog, hiding(true, BELIEVED + 2 * DAY), told));
  assert.equal((await back.row()).ends, BELIEVED + 2 * DAY + REST);
  const gone = await ended(true);
  await gone.step((transaction) => applyHidden(transaction, 'me', ownLog, hiding(false, BELIEVED + DAY), told));
  assert.equal((await gone.row()).removed?.rule, 'let-go');
});

test('[BACK2] while somebody asks for a message it does not expire for her, nor for who sent it, as long as at the server; what had ended by then has', async () => {
  const END = BELIEVED + 60_000;
  const ASKED = END - 1;
  const heard = { expiry: 60, heardBy: [{ person: 'bo', at: BELIEVED }, { person: 'cy', at: BELIEVED - DAY }] } as const;
  const sender = await device(heard);
  await sender.step((transaction, to) => applyWaiting(transaction, 'me', to, about(ASKED, 'cy'), told));
  assert.equal((await sender.row()).ends, END, 'cy asked when it was over for her');
  await sender.step((transaction, to) => applyWaiting(transaction, 'me', to, about(ASKED, 'bo'), told));
  assert.equal((await sender.row()).ends, ASKED + limits.askLife);
  const listener = await device({ ...heard, person: 'bo', heardBy: [{ person: 'me', at: BELIEVED }] });
  await listener.step((transaction, to) => applyWaiting(transaction, 'me', to, about(ASKED, 'cy'), told));
  assert.equal((await listener.row()).ends, END, 'somebody else asked, who has not heard it');
  await listener.step((transaction, to) => applyWaiting(transaction, 'me', to, about(ASKED), told));
  await listener.step((transaction, to) => applyWaiting(transaction, 'me', to, about(ASKED + DAY), told));
  assert.equal((await listener.row()).ends, ASKED + DAY + limits.askLife);
});

test('[KEEP4] that a rest is over is told to a server that has heard of it: what was taken back and let go for good on a device that was away', async () => {
  const { store, row, step } = await device({ removed: { at: BELIEVED, by: 'me', rule: 'removed', pending: true } });
  await step((transaction) => applyHidden(transaction, 'me', ownLog, { ...hiding(true, BELIEVED), forGood: true, pending: true }, told));
  const early = keeper(store, NOW);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await early.end();
  await step((transaction, to) => applyRemoval(transaction, 'me', to, { at: NOW, person: 'me' }, ['one'], told));
  const keeping = keeper(store, NOW);
  await until(async () => (await store.list(below('r/letting'))).length === 0);
  await keeping.end();
  assert.deepEqual([early.asked, keeping.asked, (await row()).over], [[], ['letGo'], true]);
});
