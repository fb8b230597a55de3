import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { seededRandom } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { backUp, type BackedUp, sizeOf } from './back-up.ts';
import { unfinishedFile } from './manifest.ts';
import { restoreFolder } from './restore.node.ts';
import { prune, scrub } from './scrub.ts';
import { MemorySource } from './source.ts';
import { type Disk, failsWith, repositoryOnDisk, TickingClock } from './testing/repository.node.ts';
import type { Vault } from './vault.ts';

const random = seededRandom(17);
const FILES = 20;
const BYTES = FILES * 5_000;
const DAY = 86_400_000;

interface Place extends Disk {
  readonly source: MemorySource;
  /** Stretches that were read of the source. */
  readonly read: () => number;
  readonly back: () => Promise<BackedUp>;
  /** Ended once so many bytes were looked at. */
  readonly cutAt: (bytes: number) => Promise<void>;
  readonly chunks: () => Promise<number>;
  readonly isWhole: (made: BackedUp) => Promise<void>;
}

/** A vault in a real folder, and twenty files of five stretches each. */
async function place(t: TestContext, clock: { now: () => number }, changed: (vault: Vault) => Vault = (vault) => vault): Promise<Place> {
  const disk = await repositoryOnDisk(t, random, changed);
  const { folder, vault, repository, secret } = disk;
  const source = new MemorySource();
  for (let file = 0; file < FILES; file += 1) source.contents.set(`blobs/0000${String(10 + file)}.seg`, random.bytes(5_000));
  let read = 0;
  const counted = { files: () => source.files(), read: (...stretch: Parameters<MemorySource['read']>) => ((read += 1), source.read(...stretch)) };
  return {
    ...disk, source,
    read: () => read,
    back: () => backUp({ repository, source: counted, clock, random }),
    cutAt: async (bytes) => {
      const ending = new AbortController();
      await assert.rejects(backUp({ repository, source: counted, clock, random, signal: ending.signal, progress: ({ done }) => (done >= bytes ? ending.abort() : undefined) }), { name: 'AbortError' });
    },
    chunks: async () => (await vault.list('chunks')).length,
    isWhole: async (made) => {
      assert.equal(sizeOf(made.manifest.files), BYTES);
      assert.deepEqual((await scrub(repository, secret)).broken, []);
      const data = join(folder, made.name);
      assert.equal((await restoreFolder({ repository, snapshot: made, secret, folder: data })).bytes, BYTES);
    },
  };
}

/** By which nothing is due while a test runs. */
const still = { now: () => Date.UTC(2026, 10, 21) };
const away = (): Promise<never> => Promise.reject(new Failure('backup.target', { reason: 'away' }));

test('[BAK17] [OWN9] a backup that is ended again and again goes on where it was, and leaves nothing behind but what it needs', async (t) => {
  const { vault, repository, back, cutAt, chunks, read, isWhole } = await place(t, still);
  for (const bytes of [22_000, 41_000, 41_000, 90_000]) await cutAt(bytes);
  assert.equal(await chunks(), 90);
  const before = read();
  const made = await back();
  assert.deepEqual([made.stored, made.bytes, read() - before], [BYTES - 90_000, BYTES, 10], 'neither stored nor read again');
  await assert.rejects(vault.get(unfinishedFile), failsWith('backup.missing'));
  assert.deepEqual(await prune(repository, 30, still.now() + 2 * DAY), { snapshots: 0, chunks: 0 });
  assert.equal(await chunks(), 100);
  await isWhole(made);
});

test('[BAK17] one that ends without a word, with its place or its machine, tells on its way what it has stored; in few words', async (t) => {
  let [puts, listed] = [0, 0];
  const { back, chunks, isWhole } = await place(t, new TickingClock(20_000), (vault) => ({
    ...vault,
    put: (name, bytes) => {
      puts += 1;
      if (puts > 80 && puts < 100) return away();
      listed += name === unfinishedFile ? bytes.length : 0;
      return vault.put(name, bytes);
    },
  }));
  await assert.rejects(back(), { code: 'backup.target' });
  const there = await chunks();
  puts = 100;
  const made = await back();
  const twice = made.stored - (BYTES - there * 1_000);
  assert.ok(there > 50 && twice > 0 && twice < (there * 1_000) / 2, `${String(twice)} of ${String(there)} chunks stored twice`);
  assert.ok(listed < BYTES / 2, `${String(listed)} bytes of lists`);
  await isWhole(made);
});

test('[BAK17] what a backup that was cut off has stored is forgotten by nobody, however old it is; what went all the same, and what changed, is stored again', async (t) => {
  const { vault, source, repository, back, cutAt, chunks, isWhole } = await place(t, still);
  await cutAt(52_000);
  assert.equal((await prune(repository, 1, still.now() + 100 * DAY)).chunks, 0);
  for (const { name } of (await vault.list('chunks')).slice(0, 7)) await vault.drop(name);
  source.contents.set('blobs/000010.seg', random.bytes(5_000));
  await cutAt(52_000);
  const made = await back();
  assert.ok(made.stored <= BYTES - 52_000 + 12_000);
  await isWhole(made);
  await prune(repository, 1, still.now() + 100 * DAY);
  assert.equal(await chunks(), 100, 'nothing of what changed meanwhile is kept');
});

test('[BAK17] in a place that never deletes a backup goes on as well, and a finished one leaves a list of nothing; one that is damaged stops nothing', async (t) => {
  const { vault, back, cutAt, isWhole } = await place(t, still, (inner) => ({ ...inner, drop: away }));
  await cutAt(30_000);
  const made = await back();
  assert.equal(made.stored, BYTES - 30_000);
  assert.deepEqual(JSON.parse(new TextDecoder().decode(await vault.get(unfinishedFile))), { version: 1, files: [], chunks: [] });
  await isWhole(made);
  for (const text of ['rotten', '{"version":2}']) {
    await vault.put(unfinishedFile, new TextEncoder().encode(text));
    const next = await back();
    assert.equal(next.stored, 0);
  }
});

test('[BAK10] [BAK1] a place that is unmounted while a backup is made is not made anew underneath: no backup counts as made, little is written there, and with the place it goes on', async (t) => {
  for (const { clock, stretch, most } of [{ clock: still, stretch: FILES * 5, most: 1 }, { clock: new TickingClock(20_000), stretch: 20, most: 20 }]) {
    const { folder, place: here, source, repository, read, back, isWhole } = await place(t, clock);
    const real = source.read.bind(source);
    const elsewhere = join(folder, 'away');
    source.read = async (...asked) => {
      if (read() === stretch) await rename(here, elsewhere);
      return await real(...asked);
    };
    await assert.rejects(back(), failsWith('backup.missing'));
    assert.equal(existsSync(join(here, 'snapshots')), false);
    const underneath = (await readdir(join(here, 'chunks'), { recursive: true })).filter((name) => name.endsWith('.age'));
    assert.ok(underneath.length <= most, `${String(underneath.length)} parts underneath`);
    await rm(here, { recursive: true });
    await rename(elsewhere, here);
    assert.deepEqual(await repository.snapshotNames(), []);
    await isWhole(await back());
  }
});
