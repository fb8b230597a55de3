import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { aesKey } from '../keys/symmetric.ts';
import type { Store, Value } from '../store.ts';
import { memoryStore } from '../stores/memory.ts';
import { sameValue } from '../stores/same-value.ts';
import { webCipher } from '../keys/cipher.ts';
import { sealedStore } from './sealed-store.ts';
import { storeContract } from '../stores/store.contract.ts';
import { valueBytes, valueOf } from './value-bytes.ts';

const key = await aesKey(new Uint8Array(32).fill(7));
let seed = 0;
const sealing = (inner: Store, under = key): Store => sealedStore(inner, webCipher(under, seededRandom((seed += 1))));

storeContract('sealed store', async () => {
  const inner = memoryStore();
  return { one: sealing(inner), other: sealing(inner), reopen: async () => sealing(inner) };
});

const words = { name: 'Großmutter Ilse', peaks: new Uint8Array([1, 2, 3]), list: [['deep', null], new Uint8Array(0)] };

test('[REST1] what lies beneath shows nothing of a value, and never the same twice', async () => {
  const inner = memoryStore();
  const store = sealing(inner);
  const seen: string[] = [];
  for (let n = 0; n < 2; n += 1) {
    await store.commit([{ put: 'r/person/x', value: words }]);
    const below = await inner.get('r/person/x');
    assert(below instanceof Uint8Array);
    seen.push(Buffer.from(below).toString('latin1'));
  }
  assert.notEqual(seen[0], seen[1]);
  for (const text of ['Ilse', 'name', 'deep', '\u0001\u0002\u0003']) assert(!seen.some((bytes) => bytes.includes(text)), text);
  assert.deepEqual(await store.get('r/person/x'), words);
});

test('[REST1] sealed bytes of blobs pass as they are', async () => {
  const inner = memoryStore();
  await sealing(inner).commit([{ put: 'b/blob/000000000000', value: new Uint8Array([9, 9]) }]);
  assert.deepEqual(await inner.get('b/blob/000000000000'), new Uint8Array([9, 9]));
  assert.deepEqual(await sealing(inner).get('b/blob/000000000000'), new Uint8Array([9, 9]));
});

test('[REST2] another key, another row and a changed byte open nothing', async () => {
  const inner = memoryStore();
  const store = sealing(inner);
  await store.commit([{ put: 'one', value: 'secret' }]);
  const below = await inner.get('one');
  assert(below instanceof Uint8Array);
  const refused = (reading: Promise<unknown>): Promise<void> => assert.rejects(reading, (error) => error instanceof Failure && error.code === 'device.damaged');
  await refused(sealing(inner, await aesKey(new Uint8Array(32))).get('one'));
  await inner.commit([{ put: 'other', value: below }, { put: 'flipped', value: below.map((byte, at) => (at === below.length - 1 ? byte ^ 1 : byte)) }, { put: 'plain', value: 'never sealed' }]);
  for (const row of ['other', 'flipped', 'plain']) await refused(store.get(row));
});

test('[DISK4] any value becomes bytes and the same value again', () => {
  const bytes = fc.uint8Array({ maxLength: 40 }).map((content) => content.slice());
  const { value } = fc.letrec<{ value: Value }>((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, fc.string(), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0), fc.boolean(), fc.constant(null), bytes, fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 })) as fc.Arbitrary<Value>,
  }));
  fc.assert(fc.property(value, (one) => sameValue(valueOf(valueBytes(one)), one)), { numRuns: 300 });
});
