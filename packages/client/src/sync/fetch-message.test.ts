import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import type { MessageContent, MessageRow } from '../replica/row.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import { dropBytesOf } from '../replica/bytes-of.ts';
import { transact } from '../stores/transaction.ts';
import { memoryStore } from '../stores/memory.ts';
import type { Transport } from '../transport.ts';
import { Api } from '../wire/api.ts';
import { fetchMessage } from './fetch-message.ts';

const [LOG, MESSAGE, BLOB, PERSON] = ['0000000000000000000000000L', '0000000000000000000000000M', '0000000000000000000000000B', '0000000000000000000000000P'];
const begun = new Uint8Array([1, 2, 3, 4]);
const whole = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);
const content: MessageContent = { parts: [{ key: '', bytes: 4, packets: 1 }], samples: 960, preSkip: 312, sha256: '', waveform: '', fileName: null };
const row: MessageRow = { id: MESSAGE, log: LOG, seq: 1, at: 1, person: PERSON, content, blobs: [{ id: BLOB, length: 8, sha256: '' }], removed: null, here: false, heard: false, heardBy: [], failure: null };

/** What the store has of the bytes after a download that had begun was cut, when this happened meanwhile. */
async function afterCut(meanwhile: (store: Store) => Promise<unknown>, code: FailureCode = 'network.unreachable'): Promise<unknown> {
  const store = memoryStore();
  await store.commit([{ put: keys.at(MESSAGE), value: { log: LOG, seq: 1 } }, { put: keys.message(LOG, 1), value: row }]);
  const transport: Transport = {
    request: async () => {
      await meanwhile(store);
      throw new Failure(code, {});
    },
    connect: () => ({ send: () => undefined, close: () => undefined }),
  };
  const api = new Api(transport, { now: () => 0, sleep: async () => undefined });
  await assert.rejects(fetchMessage({ store, api, grown: () => begun }, row, content), { code });
  return await store.get(keys.bytes(BLOB, 0));
}

test('[FETCH5] what came before a cut is kept for the next try', async () => {
  assert.deepEqual(await afterCut(async () => undefined), begun);
});

test('[FETCH5] what came before a cut is not kept of a message that was taken back meanwhile', async () => {
  const removed = { at: 2, by: PERSON, rule: 'removed' } as const;
  assert.equal(await afterCut((store) => store.commit([{ put: keys.message(LOG, 1), value: { ...row, content: null, removed } }])), undefined);
});

test('[FETCH5] what came before the server had it no longer is not kept', async () => {
  assert.equal(await afterCut(async () => undefined, 'not-found'), undefined);
});

test('[FETCH5] what came before a cut goes with a message that is taken back at the same moment', async () => {
  const store = memoryStore();
  await store.commit([{ put: keys.message(LOG, 1), value: row }]);
  let late = true;
  const list: Store['list'] = async (range) => {
    const found = await store.list(range);
    if (late && range.from.startsWith('b/')) {
      late = false;
      await store.commit([{ put: keys.bytes(BLOB, 0), value: begun }]);
    }
    return found;
  };
  await transact({ ...store, get: (key) => store.get(key), commit: (changes) => store.commit(changes), list }, (transaction) => dropBytesOf(transaction, row));
  assert.deepEqual([late, await store.get(keys.bytes(BLOB, 0))], [false, undefined]);
});

test('[FETCH5] what came before a cut is not written over a message that another page made whole meanwhile', async () => {
  assert.deepEqual(await afterCut((store) => store.commit([{ put: keys.message(LOG, 1), value: { ...row, here: true } }, { put: keys.bytes(BLOB, 0), value: whole }])), whole);
});
