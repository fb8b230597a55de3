import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { seededRandom } from '@earshot/base/random.ts';
import { backUp } from './back-up.ts';
import { chunkName } from './manifest.ts';
import { restoreFolder, type Restored } from './restore.node.ts';
import { MemorySource } from './source.ts';
import { failsWith, repositoryOnDisk } from './testing/repository.node.ts';
import { syncsIn } from './testing/syncs.node.ts';

const random = seededRandom(13);
const SEGMENTS = ['blobs/000001.seg', 'blobs/000002.seg'];

interface Broken {
  readonly source: MemorySource;
  /** Where the vault lies. */
  readonly vault: string;
  /** In the vault: of the first segment the second stretch, which was changed, and of the second one the first, which is missing. */
  readonly chunks: readonly [string, string];
  /** Of the database. */
  readonly database: string;
  readonly restore: (folder: string, cut?: number) => Promise<Restored>;
  readonly folder: () => string;
  /** What was taken or changed, brought back. */
  readonly mend: () => Promise<void>;
}

/** A backup in a real folder, of which two chunks broke. */
async function broken(t: TestContext): Promise<Broken> {
  const { folder: own, place: vault, repository, secret } = await repositoryOnDisk(t, random);
  const source = new MemorySource();
  source.contents.set('earshot.db', random.bytes(2_500));
  for (const path of SEGMENTS) source.contents.set(path, random.bytes(3_500));
  const snapshot = await backUp({ repository, source, clock: { now: () => 1e12 }, random });
  const chunkOf = (path: string, at: number): string => chunkName(snapshot.manifest.files.find((file) => file.path === path)?.chunks[at]?.sealed ?? '');
  const chunks = [chunkOf('blobs/000001.seg', 1), chunkOf('blobs/000002.seg', 0)] as const;
  const before = await Promise.all(chunks.map((name) => readFile(join(vault, name))));
  await writeFile(join(vault, chunks[0]), 'changed');
  await rm(join(vault, chunks[1]));
  let count = 0;
  return {
    source, vault, chunks, database: chunkOf('earshot.db', 1),
    folder: () => join(own, `data-${String((count += 1))}`),
    mend: async () => void (await Promise.all(chunks.map((name, at) => writeFile(join(vault, name), before[at] ?? '')))),
    restore: async (folder, cut) => {
      const ending = new AbortController();
      let steps = 0;
      return await restoreFolder({ repository, snapshot, secret, folder, mayLack: (path) => path.startsWith('blobs/'), signal: ending.signal, progress: () => ((steps += 1) === cut ? ending.abort() : undefined) });
    },
  };
}

const harmed = (plain: Uint8Array | undefined, from: number): Buffer => Buffer.from(plain ?? []).fill(0, from, from + 1_000);
const gapsOf = ({ chunks }: Broken): unknown => [{ path: 'blobs/000001.seg', from: 1_000, bytes: 1_000, name: chunks[0], code: 'backup.damaged' }, { path: 'blobs/000002.seg', from: 0, bytes: 1_000, name: chunks[1], code: 'backup.missing' }];

async function holds(folder: string, { source }: Broken): Promise<void> {
  assert.deepEqual(await readFile(join(folder, 'earshot.db')), Buffer.from(source.contents.get('earshot.db') ?? []));
  for (const [at, path] of SEGMENTS.entries()) assert.deepEqual(await readFile(join(folder, path)), harmed(source.contents.get(path), at === 0 ? 1_000 : 0), path);
  assert.deepEqual((await readdir(folder, { recursive: true })).sort(), ['blobs', ...SEGMENTS, 'earshot.db']);
}

test('[BAK16] what is broken in a backup is left empty where a file is of use without it, and named; the rest comes back', async (t) => {
  const place = await broken(t);
  const folder = place.folder();
  assert.deepEqual(await place.restore(folder), { files: 3, bytes: 9_500, gaps: gapsOf(place) });
  await holds(folder, place);
});

test('[BAK16] a database with a gap is none: nothing is left empty there', async (t) => {
  const { vault, database, restore, folder } = await broken(t);
  await rm(join(vault, database));
  await assert.rejects(restore(folder()), failsWith('backup.missing'));
});

test('[BAK16] [BAK7] with gaps as well restoring goes on where it was cut off; each gap is named to whoever sees its end, and filled once that can be', async (t) => {
  const place = await broken(t);
  const steps = 11;
  for (let cut = 1; cut <= steps; cut += 1) {
    const folder = place.folder();
    const whole = await place.restore(folder, cut).then(() => true, () => false);
    assert.equal(whole, cut === steps);
    if (whole) continue;
    assert.deepEqual((await place.restore(folder)).gaps, gapsOf(place), `cut off after ${String(cut)}`);
    await holds(folder, place);
  }
  const folder = place.folder();
  await assert.rejects(place.restore(folder, steps - 1));
  const torn = join(folder, 'blobs/000001.seg');
  // What is not as it should be there, and not empty either, is not ours.
  const left = await readFile(torn);
  await writeFile(torn, Buffer.from(left).fill(1, 1_500, 1_501));
  await assert.rejects(place.restore(folder), failsWith('restore.occupied'));
  await writeFile(torn, left);
  await place.mend();
  assert.deepEqual((await place.restore(folder)).gaps, []);
  for (const [path, plain] of place.source.contents) assert.deepEqual(await readFile(join(folder, path)), Buffer.from(plain), path);
});

test('[BAK16] a place that goes away while it is restored from leaves no gaps: it goes on once the place is back', async (t) => {
  const place = await broken(t);
  const folder = place.folder();
  await assert.rejects(place.restore(folder, 4));
  await rename(place.vault, `${place.vault}-away`);
  await assert.rejects(place.restore(folder), failsWith('backup.missing'));
  await rename(`${place.vault}-away`, place.vault);
  assert.deepEqual((await place.restore(folder)).gaps, gapsOf(place));
  await holds(folder, place);
});

test('[BAK7] what is restored is on the disk before it has its name, and all of it before the folder counts as whole', async (t) => {
  const place = await broken(t);
  await place.mend();
  const folder = place.folder();
  const files = ['earshot.db', ...SEGMENTS];
  await mkdir(folder);
  const told = await syncsIn(t, folder);
  await place.restore(folder);
  const inodeOf = async (name: string): Promise<number> => (await stat(join(folder, name))).ino;
  for (const file of files) {
    const inode = await inodeOf(file);
    const written = told.findIndex((one) => one.what === 'datasync' && one.inode === inode);
    assert.deepEqual([told[written]?.named.includes(file), told[written]?.named.includes('restoring.json')], [false, true], file);
    const parent = await inodeOf(dirname(file));
    assert.ok(told.slice(written).some((one) => one.what === 'sync' && one.inode === parent && one.named.includes(file) && one.named.includes('restoring.json')), file);
  }
  assert.deepEqual([told.at(-1)?.inode, told.at(-1)?.named], [await inodeOf('.'), files.toSorted()]);
});
