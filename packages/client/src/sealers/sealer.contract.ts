import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { concat } from '@earshot/base/encoding.ts';
import type { Body } from '@earshot/protocol/bodies.ts';
import type { Envelope } from '@earshot/protocol/envelope.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import type { Sealer } from '../sealer.ts';

const ID = '0123456789abcdefghjkmnpqrs';
const envelope: Envelope = { version: 1, id: ID, log: ID, device: ID, generation: 0, class: 'signal', blobs: [], refers: [], expiry: 'never' };
const body: Body = { kind: 'title', title: 'Été 夏' };

const failsWith = (code: FailureCode) => (error: unknown): boolean => error instanceof Failure && error.code === code;

/** Plain bytes around the edges of a record, in uneven pieces. */
const plains = fc.tuple(fc.constantFrom(0, 1, 100, 4078, 4079, 4080, 8157, 8158, 8159, 20_000), fc.nat(255), fc.array(fc.integer({ min: 1, max: 9_000 }), { maxLength: 6 }));

function filled(length: number, seed: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + seed) & 0xff);
}

async function seal(sealer: Sealer, plain: Uint8Array, cuts: readonly number[]): Promise<{ key: string; sealed: Uint8Array<ArrayBuffer> }> {
  const blob = await sealer.beginBlob();
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const cut of [...cuts, plain.length]) {
    pieces.push(await blob.push(plain.subarray(at, at + cut)));
    at = Math.min(plain.length, at + cut);
  }
  return { key: blob.key, sealed: concat([...pieces, await blob.finish()]) };
}

/** Registers the laws of the sealer port as tests of one adapter. */
export function sealerContract(name: string, make: () => Sealer): void {
  test(`${name}: [SEAL1] a body opens to the same, under its envelope only`, async () => {
    const sealer = make();
    const sealed = await sealer.sealBody(envelope, body);
    assert.deepEqual(await sealer.openBody(envelope, sealed), body);
    for (const other of [{ ...envelope, generation: 1 }, { ...envelope, refers: [ID] }, { ...envelope, device: ID.replace('0', '1') }]) {
      await assert.rejects(sealer.openBody(other, sealed), failsWith('event.unreadable'));
    }
  });

  test(`${name}: [SEAL3] a flipped, cut or extended body is noticed`, async () => {
    const sealer = make();
    const sealed = await sealer.sealBody(envelope, body);
    for (let at = 0; at < sealed.length; at += 1) {
      const flipped = sealed.slice();
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      await assert.rejects(sealer.openBody(envelope, flipped), failsWith('event.unreadable'));
      await assert.rejects(sealer.openBody(envelope, sealed.slice(0, at)), failsWith('event.unreadable'));
    }
    await assert.rejects(sealer.openBody(envelope, concat([sealed, Uint8Array.of(0)])), failsWith('event.unreadable'));
  });

  test(`${name}: [SEAL2] a blob opens to the same, however it was cut, and any range of it from the records that cover it`, async () => {
    await fc.assert(
      fc.asyncProperty(plains, fc.nat(), fc.nat(), async ([length, seed, cuts], one, two) => {
        const sealer = make();
        const plain = filled(length, seed);
        const { key, sealed } = await seal(sealer, plain, cuts);
        const opener = await sealer.blobOpener(key);
        assert.deepEqual(await opener.open(sealed, 0, sealed.length), plain);
        if (length === 0) return;
        const [start, end] = [one % length, two % length].sort((a, b) => a - b) as [number, number];
        const { from, to } = opener.cover(start, end + 1, sealed.length);
        const opened = await opener.open(sealed.slice(from, to), from, sealed.length);
        const before = await opener.open(sealed.slice(0, from), 0, sealed.length).catch(() => new Uint8Array());
        const offset = from === 0 ? 0 : before.length;
        assert.deepEqual(opened.slice(start - offset, end + 1 - offset), plain.slice(start, end + 1));
      }),
      { numRuns: 60 },
    );
  });

  test(`${name}: [SEAL2] sealing goes on after a crash behind the whole records that were stored`, async () => {
    const sealer = make();
    const plain = filled(10_000, 7);
    const blob = await sealer.beginBlob();
    const stored = await blob.push(plain);
    const { sealedPlain } = blob;
    const again = await sealer.resumeBlob(blob.key, stored.length);
    const rest = concat([await again.push(plain.subarray(sealedPlain)), await again.finish()]);
    const sealed = concat([stored, rest]);
    const opener = await sealer.blobOpener(blob.key);
    assert.deepEqual(await opener.open(sealed, 0, sealed.length), plain);
    assert.deepEqual(await blob.finish(), rest, 'the same bytes at the same offsets');
  });

  test(`${name}: [SEAL3] flipping, cutting, swapping or extending a blob is noticed, and so is another one’s key`, async () => {
    const sealer = make();
    const { key, sealed } = await seal(sealer, filled(9_000, 3), []);
    const opener = await sealer.blobOpener(key);
    const refused = (bytes: Uint8Array<ArrayBuffer>): Promise<void> => assert.rejects(opener.open(bytes, 0, bytes.length), failsWith('blob.damaged'));
    for (let at = 0; at < sealed.length; at += 97) {
      const flipped = sealed.slice();
      flipped[at] = (flipped[at] ?? 0) ^ 128;
      await refused(flipped);
      await refused(sealed.slice(0, at));
    }
    await refused(sealed.slice(0, 21 + 4096));
    await refused(sealed.slice(0, 21 + 8192));
    await refused(concat([sealed, Uint8Array.of(1)]));
    const swapped = concat([sealed.subarray(0, 21), sealed.subarray(21 + 4096, 21 + 8192), sealed.subarray(21, 21 + 4096), sealed.subarray(21 + 8192)]);
    await refused(swapped);
    const stranger = await seal(sealer, filled(9_000, 3), []);
    await refused(stranger.sealed);
    await assert.rejects(async () => (await sealer.blobOpener('short')).open(sealed, 0, sealed.length), failsWith('blob.damaged'));
  });
}
