import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Blobs } from './blobs.ts';

const bytes = (length: number, from = 0): Uint8Array => Uint8Array.from({ length }, (_, at) => (at + from) & 255);
const FIRST = '0'.repeat(26);
const SECOND = `z${'0'.repeat(25)}`;

/** What every adapter of the port keeps. `open` twice on the same place finds what was written. */
export function blobsContract(adapter: string, open: () => Promise<Blobs>): void {
  test(`[BLOB1] ${adapter}: pieces at their offsets are read as one`, async () => {
    const blobs = await open();
    await blobs.write(FIRST, 0, bytes(1000));
    await blobs.write(FIRST, 1000, bytes(70_000, 1000));
    assert.deepEqual(Uint8Array.from(await blobs.read(FIRST, 0, 71_000)), bytes(71_000));
    assert.deepEqual(Uint8Array.from(await blobs.read(FIRST, 999, 1002)), bytes(3, 999));
    assert.equal((await blobs.read(FIRST, 5, 5)).length, 0);
    await blobs.close();
  });

  test(`[BLOB1] ${adapter}: written again at an offset, the later bytes count`, async () => {
    const blobs = await open();
    await blobs.write(FIRST, 0, bytes(100));
    await blobs.write(FIRST, 50, bytes(20, 7));
    assert.deepEqual(Uint8Array.from(await blobs.read(FIRST, 50, 70)), bytes(20, 7));
    await blobs.close();
  });

  test(`[BLOB2] ${adapter}: what was never written is not read`, async () => {
    const blobs = await open();
    await assert.rejects(blobs.read(SECOND, 0, 1));
    await blobs.write(FIRST, 0, bytes(10));
    await assert.rejects(blobs.read(FIRST, 0, 11));
    await blobs.close();
  });

  test(`[BLOB3] ${adapter}: removing and listing`, async () => {
    const blobs = await open();
    await blobs.write(FIRST, 0, bytes(1));
    await blobs.write(SECOND, 0, bytes(1));
    await blobs.remove(FIRST);
    await blobs.remove(FIRST);
    const seen: string[] = [];
    for await (const group of blobs.list()) seen.push(...group);
    assert.deepEqual(seen, [SECOND]);
    await blobs.close();
  });

  test(`[BLOB1] ${adapter}: many blobs at once`, async () => {
    const blobs = await open();
    const ids = Array.from({ length: 60 }, (_, at) => `${(at % 10).toString()}${String(at).padStart(25, '0')}`);
    await Promise.all(ids.map((id, at) => blobs.write(id, 0, bytes(500, at))));
    for (const [at, id] of ids.entries()) assert.deepEqual(Uint8Array.from(await blobs.read(id, 0, 500)), bytes(500, at));
    await blobs.close();
  });
}
