import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import fs, { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bytesFor, idAt } from '../testing/pieces.ts';
import { HEAD_BYTES, segmentName } from './segment-format.node.ts';
import { SegmentBlobs } from './segments.node.ts';

const top = mkdtempSync(join(tmpdir(), 'earshot-segments-'));
after(() => rmSync(top, { recursive: true, force: true }));
/** The first 66 pieces of 10,000 bytes fill one. */
const SEGMENT_BYTES = 660_000;
let count = 0;
const newFolder = (): string => join(top, String((count += 1)));
const victim = fileURLToPath(new URL('../testing/segment-victim.ts', import.meta.url));

const copyOf = (folder: string): string => {
  const copy = newFolder();
  cpSync(folder, copy, { recursive: true });
  return copy;
};
const dropIndex = (folder: string): void => {
  for (const name of readdirSync(folder)) if (name.startsWith('index.db')) rmSync(join(folder, name));
};
const segmentsOf = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.seg'));

async function use<T>(folder: string, work: (blobs: SegmentBlobs) => Promise<T>): Promise<T> {
  const blobs = new SegmentBlobs(folder, SEGMENT_BYTES);
  try {
    return await work(blobs);
  } finally {
    await blobs.close();
  }
}

async function listed(blobs: SegmentBlobs): Promise<string[]> {
  const ids: string[] = [];
  for await (const group of blobs.list()) ids.push(...group);
  return ids;
}

async function assertHolds(blobs: SegmentBlobs, blob: string, length: number, version = 0): Promise<void> {
  assert.deepEqual(new Uint8Array(await blobs.read(blob, 0, length)), bytesFor(blob, 0, length, version), `blob ${blob}`);
}

test('[BLOB4] kill -9 while pieces are written: every acknowledged one is there, with the index and without', { timeout: 300_000 }, async () => {
  const folder = newFolder();
  const child = spawn(process.execPath, [victim, folder, 'write'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  while (said.split('\n').length < 2_000) await new Promise((resolve) => void setTimeout(resolve, 20));
  const ended = new Promise((resolve) => void child.once('close', resolve));
  child.kill('SIGKILL');
  await ended;
  const lengths = new Map(said.slice(0, said.lastIndexOf('\n')).split('\n').map((line) => line.split(' ')).map(([blob = '', length]) => [blob, Number(length)]));
  const check = async (blobs: SegmentBlobs): Promise<void> => {
    for (const [blob, length] of lengths) {
      const bytes = await blobs.read(blob, 0, length);
      for (let offset = 0; offset < length; offset += 3_000) assert.deepEqual(new Uint8Array(bytes.subarray(offset, offset + 3_000)), bytesFor(blob, offset, 3_000));
    }
  };
  const bare = copyOf(folder);
  dropIndex(bare);
  await use(folder, check);
  await use(bare, check);
});

test('[BLOB5] a segment torn at any byte of its last piece: the others are there, and writing goes on', { timeout: 300_000 }, async () => {
  const folder = newFolder();
  await use(folder, async (blobs) => {
    await blobs.write(idAt(1), 0, bytesFor(idAt(1), 0, 300));
    await blobs.write(idAt(2), 0, bytesFor(idAt(2), 0, 16));
  });
  dropIndex(folder);
  const size = statSync(join(folder, segmentName(1))).size;
  const torn = copyOf(folder);
  for (let cut = 1; cut < HEAD_BYTES + 16; cut += 1) {
    rmSync(torn, { recursive: true });
    cpSync(folder, torn, { recursive: true });
    truncateSync(join(torn, segmentName(1)), size - cut);
    await use(torn, async (blobs) => {
      assert.deepEqual(await listed(blobs), [idAt(1)]);
      await assertHolds(blobs, idAt(1), 300);
      await blobs.write(idAt(3), 0, bytesFor(idAt(3), 0, 50));
    });
    dropIndex(torn);
    await use(torn, async (blobs) => {
      assert.deepEqual(await listed(blobs), [idAt(1), idAt(3)]);
      await assertHolds(blobs, idAt(3), 50);
    });
    assert.deepEqual(segmentsOf(torn), [segmentName(1)]);
  }
});

test('[BLOB5] bytes that a power cut left wrong in the last piece, or behind it, hide nothing that follows', async () => {
  const folder = newFolder();
  await use(folder, async (blobs) => {
    await blobs.write(idAt(1), 0, bytesFor(idAt(1), 0, 300));
    await blobs.write(idAt(2), 0, bytesFor(idAt(2), 0, 100));
  });
  const whole = readFileSync(join(folder, segmentName(1)));
  // Bytes, the head, and a stretch of zeros in place of all of it.
  for (const spoil of [(bytes: Buffer) => bytes.fill(0, bytes.length - 50), (bytes: Buffer) => bytes.fill(0, bytes.length - 140, bytes.length - 120), (bytes: Buffer) => bytes.fill(0, bytes.length - 164)]) {
    dropIndex(folder);
    for (const name of segmentsOf(folder)) rmSync(join(folder, name));
    writeFileSync(join(folder, segmentName(1)), spoil(Buffer.from(whole)));
    await use(folder, async (blobs) => {
      assert.deepEqual(await listed(blobs), [idAt(1)]);
      await blobs.write(idAt(2), 0, bytesFor(idAt(2), 0, 120));
    });
    dropIndex(folder);
    await use(folder, (blobs) => assertHolds(blobs, idAt(2), 120));
  }
});

test('[BLOB6] bytes that were written but not committed before a crash are replaced by the retry, also shorter ones', async () => {
  const folder = newFolder();
  const blob = idAt(1);
  await use(folder, async (blobs) => {
    await blobs.write(blob, 0, bytesFor(blob, 0, 100));
    await blobs.write(blob, 100, bytesFor(blob, 100, 500, 1));
  });
  const expected = [...bytesFor(blob, 0, 100), ...bytesFor(blob, 100, 200, 2), ...bytesFor(blob, 300, 50, 3)];
  await use(folder, async (blobs) => {
    await blobs.write(blob, 100, bytesFor(blob, 100, 200, 2));
    // Nothing of the first try shines through behind the second.
    await assert.rejects(blobs.read(blob, 0, 301));
    await blobs.write(blob, 300, bytesFor(blob, 300, 50, 3));
    assert.deepEqual([...(await blobs.read(blob, 0, 350))], expected);
  });
  dropIndex(folder);
  await use(folder, async (blobs) => assert.deepEqual([...(await blobs.read(blob, 0, 350))], expected));
});

const PIECE = 10_000;
const BLOBS = 68;

/** More than one segment, of the first of which few pieces count: blob 7 has one there and a later one elsewhere. */
async function sparse(): Promise<string> {
  const folder = newFolder();
  await use(folder, async (blobs) => {
    await Promise.all(Array.from({ length: BLOBS }, (_, at) => blobs.write(idAt(at), 0, bytesFor(idAt(at), 0, PIECE))));
    await blobs.write(idAt(7), PIECE, bytesFor(idAt(7), PIECE, 10));
    for (let at = 0; at < BLOBS; at += 1) if (!isKept(at)) await blobs.remove(idAt(at));
  });
  assert.deepEqual(segmentsOf(folder), [segmentName(1), segmentName(2)]);
  return folder;
}
const isKept = (at: number): boolean => at % 9 === 7 || at > 65;
const kept = Array.from({ length: BLOBS }, (_, at) => at).filter(isKept);

async function assertKept(folder: string): Promise<void> {
  await use(folder, async (blobs) => {
    for (const at of kept) await assertHolds(blobs, idAt(at), PIECE);
    assert.deepEqual(new Uint8Array(await blobs.read(idAt(7), PIECE, PIECE + 10)), bytesFor(idAt(7), PIECE, 10));
  });
}

test('[BLOB7] room is given back, also when the process is killed at any step of it', { timeout: 300_000 }, async () => {
  const folder = await sparse();
  const trial = newFolder();
  for (let step = 1; ; step += 1) {
    rmSync(trial, { recursive: true, force: true });
    cpSync(folder, trial, { recursive: true });
    const killed = await promisify(execFile)(process.execPath, [victim, trial, 'tidy', String(step)]).then(() => false, (error: unknown) => error instanceof Error && 'signal' in error && error.signal === 'SIGKILL');
    const bare = copyOf(trial);
    dropIndex(bare);
    await assertKept(bare);
    rmSync(bare, { recursive: true });
    await use(trial, (blobs) => blobs.tidy());
    await assertKept(trial);
    assert.deepEqual(segmentsOf(trial), [segmentName(2)]);
    assert.equal(await use(trial, async (blobs) => (await listed(blobs)).join()), kept.map(idAt).sort().join());
    if (!killed) return assert.ok(step > 5, 'it had steps');
  }
});

test('[BLOB7] an index that a power cut set back to before the room was given back finds everything', async () => {
  const folder = await sparse();
  const before = copyOf(folder);
  await use(folder, (blobs) => blobs.tidy());
  dropIndex(folder);
  for (const name of readdirSync(before)) if (name.startsWith('index.db')) cpSync(join(before, name), join(folder, name));
  await assertKept(folder);
  assert.deepEqual(segmentsOf(folder), [segmentName(2)]);
});

test('[BLOB7] reading, writing and removing go on while room is given back', async () => {
  const folder = await sparse();
  await use(folder, async (blobs) => {
    const tidying = blobs.tidy();
    const [gone = 0, ...others] = kept;
    await Promise.all([blobs.remove(idAt(gone)), ...others.map((at) => assertHolds(blobs, idAt(at), PIECE)), blobs.write(idAt(900), 0, bytesFor(idAt(900), 0, 10))]);
    await tidying;
    assert.deepEqual((await listed(blobs)).includes(idAt(gone)), false);
    for (const at of others) await assertHolds(blobs, idAt(at), PIECE);
    await assertHolds(blobs, idAt(900), 10);
  });
});

test('[BLOB8] a damaged piece that counts keeps its segment from being removed', async () => {
  const folder = await sparse();
  const path = join(folder, segmentName(1));
  const bytes = readFileSync(path);
  const at = bytes.indexOf(Buffer.from(idAt(7))) - 8 + HEAD_BYTES + 5;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 255, at);
  writeFileSync(path, bytes);
  await use(folder, async (blobs) => {
    await assert.rejects(blobs.tidy(), /damaged/);
    await blobs.tidy();
    for (const other of kept.filter((one) => one !== 7)) await assertHolds(blobs, idAt(other), PIECE);
  });
  assert.ok(segmentsOf(folder).includes(segmentName(1)));
});

test('[BLOB4] an index that is none is made anew', async () => {
  const folder = newFolder();
  await use(folder, (blobs) => blobs.write(idAt(1), 0, bytesFor(idAt(1), 0, 300)));
  dropIndex(folder);
  writeFileSync(join(folder, 'index.db'), 'no database at all '.repeat(500));
  await use(folder, (blobs) => assertHolds(blobs, idAt(1), 300));
});

/** The system's function, as a test wants it, until the returned function is called. */
function replaced<N extends 'writevSync' | 'fdatasync' | 'fsyncSync'>(name: N, by: (real: (typeof fs)[N]) => unknown): () => void {
  const real = fs[name];
  Object.assign(fs, { [name]: by(real) });
  syncBuiltinESMExports();
  return () => {
    Object.assign(fs, { [name]: real });
    syncBuiltinESMExports();
  };
}
const noSpace = (): Error => Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });

test('[BLOB9] a disk that is full in the middle of a piece refuses it; what was there and what follows is whole', async () => {
  const folder = newFolder();
  await use(folder, async (blobs) => {
    await blobs.write(idAt(1), 0, bytesFor(idAt(1), 0, 300));
    const restore = replaced('writevSync', (real) => (file: number, [head]: readonly [Uint8Array], position: number) => {
      real(file, [head, new Uint8Array(20)], position);
      throw noSpace();
    });
    try {
      await assert.rejects(blobs.write(idAt(2), 0, bytesFor(idAt(2), 0, 300)), { code: 'ENOSPC' });
    } finally {
      restore();
    }
    await assert.rejects(blobs.read(idAt(2), 0, 1));
    await blobs.write(idAt(3), 0, bytesFor(idAt(3), 0, 300));
  });
  dropIndex(folder);
  await use(folder, async (blobs) => {
    assert.deepEqual(await listed(blobs), [idAt(1), idAt(3)]);
    for (const at of [1, 3]) await assertHolds(blobs, idAt(at), 300);
  });
});

test('[BLOB9] after an fsync that failed nothing is acknowledged in that segment, and writing goes on in another', async () => {
  const folder = newFolder();
  await use(folder, async (blobs) => {
    await blobs.write(idAt(1), 0, bytesFor(idAt(1), 0, 300));
    const restore = replaced('fdatasync', () => (_: number, done: (error: Error) => void) => void setImmediate(done, Object.assign(new Error('input/output error'), { code: 'EIO' })));
    const tries = [2, 3].map((at) => blobs.write(idAt(at), 0, bytesFor(idAt(at), 0, 300)));
    for (const one of tries) await assert.rejects(one, { code: 'EIO' });
    restore();
    await blobs.write(idAt(4), 0, bytesFor(idAt(4), 0, 300));
  });
  assert.deepEqual(segmentsOf(folder), [segmentName(1), segmentName(2)]);
  await use(folder, async (blobs) => {
    for (const at of [1, 4]) await assertHolds(blobs, idAt(at), 300);
  });
});

test('[BLOB7] while the disk is full what holds nothing is given back, and the rest once there is room', async () => {
  const folder = await sparse();
  await use(folder, async (blobs) => {
    const more = Array.from({ length: 140 }, (_, at) => idAt(100 + at));
    await Promise.all(more.map((id) => blobs.write(id, 0, bytesFor(id, 0, PIECE))));
    await Promise.all(more.map((id) => blobs.remove(id)));
    const there = (): boolean[] => [1, 2, 3].map((number) => segmentsOf(folder).includes(segmentName(number)));
    const restore = replaced('writevSync', () => () => {
      throw noSpace();
    });
    try {
      await assert.rejects(blobs.tidy(), { code: 'ENOSPC' });
    } finally {
      restore();
    }
    assert.deepEqual(there(), [true, true, false]);
    await blobs.tidy();
    assert.deepEqual(there(), [false, false, false]);
  });
  await assertKept(folder);
});

test('[SRV2] [BLOB4] the name of a new segment is on the disk before anything in it is acknowledged', async () => {
  const folder = newFolder();
  const synced = new Set<number>();
  await use(folder, async (blobs) => {
    const restore = replaced('fsyncSync', (real) => (file: number) => {
      synced.add(fs.fstatSync(file).ino);
      real(file);
    });
    try {
      await blobs.write(idAt(1), 0, bytesFor(idAt(1), 0, 300));
      assert.ok(synced.has(statSync(folder).ino));
    } finally {
      restore();
    }
  });
});

test('[SRV2] [BLOB7] a segment goes only once what was copied out of it is on the disk', async () => {
  const folder = await sparse();
  await use(folder, async (blobs) => {
    const held: (() => void)[] = [];
    const restore = replaced('fdatasync', (real) => (...given: Parameters<typeof real>) => void held.push(() => real(...given)));
    const tidying = blobs.tidy();
    while (held.length === 0) await new Promise((resolve) => void setImmediate(resolve));
    await new Promise((resolve) => void setTimeout(resolve, 100));
    const meanwhile = segmentsOf(folder);
    restore();
    for (const sync of held) sync();
    await tidying;
    assert.ok(meanwhile.includes(segmentName(1)));
    assert.deepEqual(segmentsOf(folder), [segmentName(2)]);
  });
  await assertKept(folder);
});
