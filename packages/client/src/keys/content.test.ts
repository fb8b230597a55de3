import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { concat } from '@earshot/base/encoding.ts';
import { seededRandom, systemRandom } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { BlobOpener } from '../sealer.ts';
import { beginContent, contentOpener, HEADER_BYTES, PLAIN_BYTES, RECORD_BYTES } from './content.ts';

const filled = (length: number, seed: number): Uint8Array<ArrayBuffer> => Uint8Array.from({ length }, (_, at) => (at * 31 + seed) & 0xff);
/** Plain bytes around the edges of a record, in uneven pieces. */
const plains = fc.tuple(fc.constantFrom(0, 1, 100, 4078, 4079, 4080, 8157, 8158, 8159, 20_000), fc.nat(255), fc.array(fc.integer({ min: 1, max: 9_000 }), { maxLength: 6 }));

async function seal(plain: Uint8Array, cuts: readonly number[] = []): Promise<{ key: string; sealed: Uint8Array<ArrayBuffer> }> {
  const blob = await beginContent(systemRandom);
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const cut of [...cuts, plain.length]) {
    pieces.push(await blob.push(plain.subarray(at, at + cut)));
    at = Math.min(plain.length, at + cut);
  }
  return { key: blob.key, sealed: concat([...pieces, await blob.finish()]) };
}

async function refused(opener: BlobOpener, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  await assert.rejects(opener.open(bytes, 0, bytes.length), (error) => error instanceof Failure && error.code === 'blob.damaged');
}

test('[SEAL4] a blob has the geometry of RFC 8188 with records of 4096 bytes', async () => {
  const blob = await beginContent(seededRandom(1));
  assert.equal((await blob.push(new Uint8Array(PLAIN_BYTES - 1))).length, 0);
  assert.equal((await blob.push(new Uint8Array(1))).length, HEADER_BYTES + RECORD_BYTES);
  assert.equal((await blob.push(new Uint8Array(10))).length, 0);
  assert.equal((await blob.finish()).length, 10 + 1 + 16);
});

test('[SEAL2] a blob opens to the same, however it was cut, and any range of it from the records that cover it', async () => {
  await fc.assert(
    fc.asyncProperty(plains, fc.nat(), fc.nat(), async ([length, seed, cuts], one, two) => {
      const plain = filled(length, seed);
      const { key, sealed } = await seal(plain, cuts);
      const opener = await contentOpener(key);
      assert.deepEqual(await opener.open(sealed, 0, sealed.length), plain);
      if (length === 0) return;
      const [start, end] = [one % length, two % length].sort((a, b) => a - b) as [number, number];
      const { from, to } = opener.cover(start, end + 1, sealed.length);
      const opened = await opener.open(sealed.slice(from, to), from, sealed.length);
      const offset = from === 0 ? 0 : ((from - HEADER_BYTES) / RECORD_BYTES) * PLAIN_BYTES;
      assert.deepEqual(opened.slice(start - offset, end + 1 - offset), plain.slice(start, end + 1));
    }),
    { numRuns: 60 },
  );
});

test('[SEAL3] flipping, cutting, swapping, repeating or extending a blob is noticed, and so is another one’s key', async () => {
  const { key, sealed } = await seal(filled(9_000, 3));
  const opener = await contentOpener(key);
  for (let at = 0; at < sealed.length; at += 97) {
    await refused(opener, sealed.map((byte, place) => (place === at ? byte ^ 128 : byte)));
    await refused(opener, sealed.slice(0, at));
  }
  const [header, first, second, last] = [sealed.slice(0, 21), sealed.slice(21, 4117), sealed.slice(4117, 8213), sealed.slice(8213)];
  for (const pieces of [[header, first], [header, first, second], [header, second, first, last], [header, first, first, second, last], [header, first, second, last, last], [header, last], [header], [header, first, second, last, Uint8Array.of(1)]]) {
    await refused(opener, concat(pieces));
  }
  await refused(opener, (await seal(filled(9_000, 3))).sealed);
  for (const nonsense of ['', 'short', '!'.repeat(43)]) await assert.rejects(contentOpener(nonsense), Failure);
});

test('[SEAL6] what a crash cut off opens up to its whole records, and only as what it is', async () => {
  const blob = await beginContent(systemRandom);
  const plain = filled(10_000, 7);
  const stored = await blob.push(plain);
  const cut = await contentOpener(blob.key, { cut: true });
  assert.deepEqual(await cut.open(stored, 0, stored.length), plain.slice(0, blob.sealedPlain));
  await refused(await contentOpener(blob.key), stored);
  await refused(cut, stored.slice(0, -1));
  await refused(cut, concat([stored, await blob.finish()]));
});

test('[SEAL7] every blob has a key of its own, and equal sounds do not look equal', async () => {
  const [one, other] = [await seal(filled(5_000, 1)), await seal(filled(5_000, 1))];
  assert.notEqual(one.key, other.key);
  assert.notDeepEqual(one.sealed.slice(0, 16), other.sealed.slice(0, 16));
  assert.notDeepEqual(one.sealed.slice(21, 200), other.sealed.slice(21, 200));
});
