import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { seededRandom } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { backUp, type BackedUp } from './back-up.ts';
import { chunkName, snapshotName } from './manifest.ts';
import { Repository } from './repository.ts';
import { restoreFolder } from './restore.node.ts';
import { prune, scrub } from './scrub.ts';
import { MemorySource } from './source.ts';
import { type Disk, failsWith, repositoryOnDisk, TickingClock } from './testing/repository.node.ts';
import type { Vault } from './vault.ts';

const random = seededRandom(11);
const clock = new TickingClock();

interface Place extends Disk {
  readonly source: MemorySource;
  readonly back: () => Promise<BackedUp>;
}

/** A vault in a real folder, for five segments of three chunks each. */
async function place(t: TestContext, changed: (vault: Vault) => Vault = (vault) => vault): Promise<Place> {
  const disk = await repositoryOnDisk(t, random, changed);
  const source = new MemorySource();
  for (let segment = 1; segment <= 5; segment += 1) source.contents.set(`blobs/00000${String(segment)}.seg`, random.bytes(3_000));
  return { ...disk, source, back: () => backUp({ repository: disk.repository, source, clock, random }) };
}

/** The first chunk of each file. */
const firstsOf = ({ manifest }: BackedUp): string[] => manifest.files.map(({ chunks }) => chunkName(chunks[0]?.sealed ?? ''));

/** From now on the disk answers EIO where this file was. */
async function spoil({ place: vault }: Place, name: string): Promise<void> {
  await rm(join(vault, name));
  await symlink('/proc/self/mem', join(vault, name));
}

test('[BAK5] a chunk that the disk cannot read is named with all others that are broken, stays where it is, and is stored again', async (t) => {
  const here = await place(t);
  const { repository, secret, back } = here;
  const first = await back();
  const [unreadable = '', changed = ''] = firstsOf(first);
  await spoil(here, unreadable);
  await repository.vault.put(changed, Uint8Array.of(1));
  const broken = [unreadable, changed].map((name) => ({ name, code: 'backup.damaged', snapshots: [first.name] }));
  assert.deepEqual((await scrub(repository, null)).broken, broken);
  const names = new Set((await repository.vault.list('chunks')).map(({ name }) => name));
  assert.deepEqual([names.has(unreadable), names.has(changed)], [true, false], 'what was read is set aside, what was not may be read another time');
  const second = await back();
  assert.equal(second.stored, 2_000);
  assert.deepEqual((await scrub(repository, secret)).broken.map(({ snapshots }) => snapshots), [[first.name], [first.name]]);
  await restoreFolder({ repository, snapshot: second, secret, folder: join(here.folder, 'data') });
});

test('[BAK5] a list of a backup that the disk cannot read stops no backup; once it was named it holds up no forgetting', async (t) => {
  const here = await place(t);
  const { repository, secret, back } = here;
  const [first, second] = [await back(), await back()];
  await spoil(here, snapshotName(second.name));
  const third = await back();
  assert.equal(third.stored, 0);
  await assert.rejects(prune(repository, 2, clock.last), (error) => error instanceof Failure && error.code === 'backup.damaged' && error.evidence['name'] === snapshotName(second.name));
  assert.deepEqual((await scrub(repository, secret)).broken, [{ name: snapshotName(second.name), code: 'backup.damaged', snapshots: [second.name] }]);
  assert.deepEqual(await repository.snapshotNames(), [first.name, third.name]);
  await prune(repository, 1, clock.last);
  assert.deepEqual(await repository.snapshotNames(), [third.name]);
});

test('[BAK5] in a place that never deletes, or takes nothing any more, all that is broken is named; what changed is stored again where something can be', async (t) => {
  for (const readOnly of [false, true]) {
    let shut = false;
    const refuse = (): Promise<never> => Promise.reject(new Failure('backup.target', { status: 403, reason: 'AccessDenied' }));
    const { repository, secret, back } = await place(t, (vault) => ({ ...vault, drop: refuse, put: (name, bytes) => (shut ? refuse() : vault.put(name, bytes)) }));
    const first = await back();
    const firsts = firstsOf(first).slice(0, 3);
    for (const name of firsts) await repository.vault.put(name, Uint8Array.of(1));
    shut = readOnly;
    assert.deepEqual((await scrub(repository, secret)).broken, firsts.map((name) => ({ name, code: 'backup.damaged', snapshots: [first.name] })));
    if (readOnly) continue;
    const second = await back();
    assert.equal(second.stored, 3_000);
    assert.deepEqual((await scrub(repository, secret)).broken.map(({ snapshots }) => snapshots), firsts.map(() => [first.name]));
  }
});

test('[BAK5] a place is whole where a backup is forgotten while it is read; what a backup that stays lacks is missing all the same', async (t) => {
  const { repository, secret, source, back } = await place(t);
  await back();
  source.contents.set('blobs/000005.seg', random.bytes(3_000));
  source.changed += 1;
  const second = await back();
  let forgotten = false;
  const meanwhile = async (): Promise<void> => {
    if (forgotten) return;
    forgotten = true;
    assert.deepEqual(await prune(repository, 1, Date.now() + 2 * 86_400_000), { snapshots: 1, chunks: 3 });
  };
  const slow = await Repository.open({ ...repository.vault, get: async (name) => {
    if (name.startsWith('chunks/')) await meanwhile();
    return await repository.vault.get(name);
  } });
  assert.deepEqual(await scrub(slow, secret), { snapshots: 2, chunks: 18, bytes: 15_000, broken: [] });
  const [lost = ''] = firstsOf(second);
  await repository.vault.drop(lost);
  assert.deepEqual((await scrub(repository, secret)).broken, [{ name: lost, code: 'backup.missing', snapshots: [second.name] }]);
});

test('[BAK1] a place that goes away before it is listed has no backups to list, and is not empty: that says so', async (t) => {
  const { folder, place: here, repository, back } = await place(t);
  await back();
  await rename(here, join(folder, 'away'));
  for (const left of [() => undefined, () => mkdir(here)]) {
    await left();
    await assert.rejects(repository.snapshotNames(), failsWith('backup.missing'));
  }
});

/** When a place is unmounted: what was asked for first, of those that begin so, is still answered. */
for (const [when, first] of [['before it is listed', 'damaged'], ['while its lists are read', 'snapshots/'], ['while its parts are read', 'chunks/']] as const) {
  for (const other of [false, true]) {
    test(`[BAK5] [BAK1] a place that goes away ${when}${other ? ', and another one is found there,' : ''} is not whole, and lacks nothing: that says so`, async (t) => {
      const { folder, place: here, repository, secret, back } = await place(t);
      await back();
      const another = (await place(t)).place;
      let gone = false;
      const go = async (name: string): Promise<void> => {
        if (gone || !name.startsWith(first)) return;
        gone = true;
        await rename(here, join(folder, 'away'));
        if (other) await rename(another, here);
      };
      const { vault } = repository;
      const leaving = await Repository.open({
        ...vault,
        list: async (name) => (await go(name), await vault.list(name)),
        get: async (name) => {
          const bytes = await vault.get(name);
          await go(name);
          return bytes;
        },
      });
      await assert.rejects(scrub(leaving, secret), failsWith('backup.missing'));
      assert.equal(existsSync(join(here, 'damaged')), false);
    });
  }
}

test('[BAK17] what a kill left half written in a folder goes a day later, and no file of anybody else', async (t) => {
  const { place: vault, repository, back } = await place(t);
  await back();
  const now = Date.now();
  const files = ['chunks/ab/old.age.part', 'snapshots/old.json.part', 'damaged/old.json.part', 'chunks/ab/new.age.part', 'film.part'];
  for (const file of files) {
    await mkdir(dirname(join(vault, file)), { recursive: true });
    await writeFile(join(vault, file), 'half of it');
    if (!file.includes('new')) await utimes(join(vault, file), now / 1000 - 2 * 86_400, now / 1000 - 2 * 86_400);
  }
  await prune(repository, 30, now);
  assert.deepEqual(files.filter((file) => existsSync(join(vault, file))), ['chunks/ab/new.age.part', 'film.part']);
});
