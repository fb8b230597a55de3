import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeOggOpus } from '@earshot/audio/ogg-opus.ts';
import { concat } from '@earshot/base/encoding.ts';
import { sha256 } from '@earshot/base/hash.ts';
import { seededRandom } from '@earshot/base/random.ts';
import { markHeader } from '@earshot/protocol/addresses.ts';
import type { BlobRef } from '@earshot/protocol/envelope.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import { beginContent } from '../keys/content.ts';
import { PartWriter } from '../outbox/part-writer.ts';
import type { MessageContent, MessageRow } from '../replica/row.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import { dropBytesOf } from '../replica/bytes-of.ts';
import { transact } from '../stores/transaction.ts';
import { memoryStore } from '../stores/memory.ts';
import type { Transport } from '../transport.ts';
import { Api } from '../wire/api.ts';
import { fetchMessage, MOST_PER_REQUEST } from './fetch-message.ts';

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

/** A message of three parts, with the sealed bytes of each. */
async function inParts(): Promise<{ row: MessageRow; content: MessageContent; sealed: Map<string, Uint8Array<ArrayBuffer>> }> {
  const [samples, preSkip] = [150 * 960 - 312, 312];
  const sealed = new Map<string, Uint8Array<ArrayBuffer>>();
  const [blobs, parts, all]: [BlobRef[], MessageContent['parts'][number][], Uint8Array[]] = [[], [], []];
  for (let at = 0; at < 3; at += 1) {
    const blob = BLOB.replace('B', String(at));
    const writer = new PartWriter(blob, await beginContent(seededRandom(at + 1)));
    const packets = Array.from({ length: 50 }, (_, packet) => new Uint8Array(1_200).fill(at * 50 + packet).fill(0x78, 0, 1));
    const pieces = [await writer.push(packets), await writer.finish()];
    const bytes = concat(pieces.flatMap((piece) => (piece === null ? [] : [piece.bytes])));
    const { part } = pieces.at(-1) ?? assert.fail();
    sealed.set(blob, bytes);
    blobs.push({ id: blob, length: bytes.length, sha256: part.sha256 ?? '' });
    parts.push({ key: part.key, packets: part.packets, bytes: part.bytes });
    all.push(...packets);
  }
  const said: MessageContent = { ...content, parts, samples, preSkip, sha256: await sha256(writeOggOpus({ packets: all, samples, preSkip })) };
  return { row: { ...row, content: said, blobs }, content: said, sealed };
}

test('[FETCH5] what somebody on the way answers whole, though a piece of it was asked for, is taken', async () => {
  const message = await inParts();
  const store = memoryStore();
  await store.commit([{ put: keys.at(MESSAGE), value: { log: LOG, seq: 1 } }, { put: keys.message(LOG, 1), value: message.row }]);
  const asked: string[] = [];
  const transport: Transport = {
    request: async ({ path }) => {
      asked.push(path);
      const bytes = message.sealed.get(path.split('/').at(-1) ?? '') ?? assert.fail(path);
      return { status: 200, headers: { [markHeader]: '1' }, bytes: async () => bytes };
    },
    connect: () => ({ send: () => undefined, close: () => undefined }),
  };
  const api = new Api(transport, { now: () => 0, sleep: async () => undefined });
  const fetched = await fetchMessage({ store, api, pieces: { bytes: 20_000 } }, message.row, message.content);
  assert.deepEqual(fetched.bytes.map(([, bytes]) => bytes.length), [...message.sealed.values()].map(({ length }) => length));
  assert.equal(asked.length, 3, 'once each');
});

test('[FETCH5] over a link that never holds for a whole part a message of several parts comes all the same', async () => {
  const message = await inParts();
  const store = memoryStore();
  await store.commit([{ put: keys.at(MESSAGE), value: { log: LOG, seq: 1 } }, { put: keys.message(LOG, 1), value: message.row }]);
  const [pieces, came] = [{ bytes: MOST_PER_REQUEST }, new Map<string, number>()];
  const transport: Transport = {
    request: async ({ path, headers }) => {
      const id = path.split('/').at(-1) ?? '';
      const bytes = message.sealed.get(id) ?? assert.fail(path);
      const [, from = '0', to = String(bytes.length - 1)] = /bytes=(\d+)-(\d+)/.exec(headers?.['range'] ?? '') ?? [];
      const chunk = bytes.slice(Number(from), Number(to) + 1);
      // It holds for so many bytes.
      if (chunk.length > 20_000) throw new Failure('network.unreachable', {});
      came.set(id, (came.get(id) ?? 0) + chunk.length);
      return { status: 206, headers: { [markHeader]: '1' }, bytes: async () => chunk };
    },
    connect: () => ({ send: () => undefined, close: () => undefined }),
  };
  const api = new Api(transport, { now: () => 0, sleep: async () => undefined });
  const tries = 40;
  for (let attempt = 1; ; attempt += 1) {
    const fetched = await fetchMessage({ store, api, pieces }, message.row, message.content).catch((error: unknown) => (error instanceof Failure && attempt < tries ? null : Promise.reject(error as Error)));
    if (fetched !== null) break;
  }
  for (const [id, bytes] of message.sealed) assert.equal(came.get(id), bytes.length, 'no byte came twice');
});
