import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { seededRandom } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { backUp } from './back-up.ts';
import { type BackupKey, makeBackupKey, readBackupKey } from './key.ts';
import { chunkName, nextName } from './manifest.ts';
import { Repository } from './repository.ts';
import { restoreFolder } from './restore.node.ts';
import { prune, scrub } from './scrub.ts';
import { SnapshotFiles } from './snapshot-files.ts';
import { MemorySource } from './source.ts';
import { failsWith, TickingClock } from './testing/repository.node.ts';
import { MemoryVault } from './vault.ts';

const random = seededRandom(7);
const clock = new TickingClock();

interface Set {
  readonly key: BackupKey;
  readonly vault: MemoryVault;
  readonly source: MemorySource;
  readonly repository: Repository;
}

async function set(): Promise<Set> {
  const key = await makeBackupKey();
  const vault = new MemoryVault();
  const source = new MemorySource();
  source.contents.set('earshot.db', random.bytes(2_500));
  source.contents.set('blobs/000001.seg', random.bytes(10_300));
  return { key, vault, source, repository: await Repository.create(vault, { recipient: key.recipient, salt: random.bytes(32), made: 0 }) };
}

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-restore-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'data');
}

test('[BAK2] what was backed up comes back byte for byte, and nothing of it can be read in the vault', async (t) => {
  const { key, vault, source, repository } = await set();
  source.contents.set('origin.txt', new TextEncoder().encode('https://voice.example.org'));
  const made = await backUp({ repository, source, clock, random });
  assert.equal(made.stored, made.bytes);
  for (const [name, bytes] of vault.held) {
    const text = Buffer.from(bytes);
    for (const plain of source.contents.values()) assert.equal(text.includes(Buffer.from(plain.subarray(0, 20))), false, name);
  }
  const folder = await folderOf(t);
  await restoreFolder({ repository: await Repository.open(vault), snapshot: made, secret: key.secret, folder });
  for (const [path, plain] of source.contents) assert.deepEqual(new Uint8Array(await readFile(join(folder, path))), plain, path);
  assert.deepEqual((await readdir(folder)).sort(), ['blobs', 'earshot.db', 'origin.txt']);
});

test('[BAK3] a second backup stores only the stretches that are new', async () => {
  const { source, repository, vault } = await set();
  await backUp({ repository, source, clock, random });
  const before = vault.held.size;
  const grown = new Uint8Array(10_800);
  grown.set(source.contents.get('blobs/000001.seg') ?? []);
  source.contents.set('blobs/000001.seg', grown);
  const second = await backUp({ repository, source, clock, random });
  assert.equal(second.stored, 800, 'the last stretch, from byte 10,000 on');
  assert.equal(vault.held.size, before + 2, 'one chunk and one snapshot');
  const third = await backUp({ repository, source, clock, random });
  assert.equal(third.stored, 0);
});

test('[BAK4] what moves from one file to another while they are read is in the backup', async (t) => {
  const { key, source, repository } = await set();
  const moved = random.bytes(1_200);
  source.contents.set('blobs/000002.seg', moved);
  const read = source.read.bind(source);
  // Compaction: when the second segment is about to be read, what counts of it is behind the end of the first one already.
  source.read = async (path, from, to) => {
    if (path === 'blobs/000002.seg' && source.contents.has(path)) {
      source.contents.set('blobs/000001.seg', Buffer.concat([source.contents.get('blobs/000001.seg') ?? new Uint8Array(), moved]));
      source.contents.delete(path);
    }
    return await read(path, from, to);
  };
  const made = await backUp({ repository, source, clock, random });
  const folder = await folderOf(t);
  await restoreFolder({ repository, snapshot: made, secret: key.secret, folder });
  assert.ok((await readFile(join(folder, 'blobs/000001.seg'))).includes(Buffer.from(moved)));
});

test('[BAK4] a file that becomes shorter while it is backed up is what was read of it; it can be restored, and the next backup reads it anew', async (t) => {
  const { key, source, repository } = await set();
  const [address, segment] = [new TextEncoder().encode('https://voice.example.org'), source.contents.get('blobs/000001.seg') ?? new Uint8Array()];
  source.contents.set('origin.txt', address);
  const read = source.read.bind(source);
  // While the database is read the settings are written anew; while the segment is, a server that starts cuts off its torn end.
  source.read = async (path, from, to) => {
    if (path === 'earshot.db') source.contents.set('origin.txt', address.subarray(0, 10));
    if (path === 'blobs/000001.seg' && from === 5_000) source.contents.set(path, segment.subarray(0, 7_400));
    return await read(path, from, to);
  };
  const made = await backUp({ repository, source, clock, random });
  assert.deepEqual(made.manifest.files.map(({ path, bytes, changed }) => [path, bytes, changed]), [['earshot.db', 2_500, 0], ['blobs/000001.seg', 7_400, -1], ['origin.txt', 10, -1]]);
  const held = async (snapshot: typeof made): Promise<void> => {
    const folder = await folderOf(t);
    await restoreFolder({ repository, snapshot, secret: key.secret, folder });
    for (const [path, plain] of source.contents) assert.deepEqual(new Uint8Array(await readFile(join(folder, path))), plain, path);
  };
  await held(made);
  source.read = read;
  // As long as before, and nobody says that it was written.
  source.contents.set('blobs/000001.seg', segment.with(7_300, 0).subarray(0, 7_400));
  await held(await backUp({ repository, source, clock, random }));
});

test('[BAK5] a chunk that was changed or went is named with the backups that need it, and the next backup stores it again', async (t) => {
  const { key, vault, source, repository } = await set();
  const first = await backUp({ repository, source, clock, random });
  const [lost, changed] = first.manifest.files.flatMap(({ chunks }) => chunks.map(({ sealed }) => chunkName(sealed)));
  assert(lost !== undefined && changed !== undefined);
  vault.held.delete(lost);
  vault.held.get(changed)?.fill(0, 0, 50);
  const { broken } = await scrub(repository, key.secret);
  assert.deepEqual(broken, [{ name: lost, code: 'backup.missing', snapshots: [first.name] }, { name: changed, code: 'backup.damaged', snapshots: [first.name] }]);
  await assert.rejects(restoreFolder({ repository, snapshot: first, secret: key.secret, folder: await folderOf(t) }), failsWith('backup.missing'));
  assert.deepEqual((await vault.list('damaged')).map(({ name }) => name), [changed.replace('chunks/', 'damaged/')], 'set aside, not lost');
  const second = await backUp({ repository, source, clock, random });
  assert.equal(second.stored, 2_000);
  await restoreFolder({ repository, snapshot: second, secret: key.secret, folder: await folderOf(t) });
  await prune(repository, 1, clock.last);
  assert.deepEqual((await scrub(repository, key.secret)).broken, []);
});

test('[BAK2] what a place holds otherwise than it was put is no backup: that is said at once', async () => {
  for (const spoilt of ['chunks/', 'snapshots/']) {
    const { vault, source, repository } = await set();
    const put = vault.put.bind(vault);
    vault.put = (name, bytes) => put(name, name.startsWith(spoilt) ? bytes.with(0, (bytes[0] ?? 0) ^ 1) : bytes);
    await assert.rejects(backUp({ repository, source, clock, random }), failsWith('backup.damaged'));
    assert.equal(await repository.newest(), null);
  }
});

test('[BAK5] a list of a backup that is damaged stops no backup and pushes out no other one, until it is named and set aside', async (t) => {
  const { key, vault, source, repository } = await set();
  const made = [await backUp({ repository, source, clock, random }), await backUp({ repository, source, clock, random })];
  const rotten = made[1]?.name ?? '';
  vault.held.get(`snapshots/${rotten}.json`)?.fill(0, 0, 50);
  const third = await backUp({ repository, source, clock, random });
  assert.equal(third.stored, 0, 'an older one says what is there');
  const before = [...vault.held.keys()];
  await assert.rejects(prune(repository, 2, clock.last), failsWith('backup.damaged'));
  assert.deepEqual([...vault.held.keys()], before, 'nothing is forgotten');
  const { broken, snapshots, chunks } = await scrub(repository, key.secret);
  assert.deepEqual(broken, [{ name: `snapshots/${rotten}.json`, code: 'backup.damaged', snapshots: [rotten] }]);
  assert.deepEqual([snapshots, chunks], [2, 14], 'all others are read');
  assert.deepEqual((await vault.list('damaged')).map(({ name }) => name), [`damaged/${rotten}.json`], 'set aside, not lost');
  const fourth = await backUp({ repository, source, clock, random });
  await prune(repository, 2, clock.last);
  assert.deepEqual(await repository.snapshotNames(), [third.name, fourth.name]);
  await restoreFolder({ repository, snapshot: fourth, secret: key.secret, folder: await folderOf(t) });
});

test('[BAK5] a backup whose place was away for a moment is read once it is back', async () => {
  const { key, vault, source, repository } = await set();
  const made = await backUp({ repository, source, clock, random });
  const files = new SnapshotFiles(repository, made.name, key.secret);
  const get = vault.get.bind(vault);
  vault.get = () => Promise.reject(new Failure('backup.target', { path: 'away' }));
  await assert.rejects(files.paths(), failsWith('backup.target'));
  vault.get = get;
  assert.deepEqual([...(await files.paths())].sort(), [...source.contents.keys()].sort());
});

test('[BAK6] forgetting old backups leaves every chunk that a kept one needs', async (t) => {
  const { key, vault, source, repository } = await set();
  await backUp({ repository, source, clock, random });
  source.contents.set('earshot.db', random.bytes(2_500));
  source.changed = 1;
  const second = await backUp({ repository, source, clock, random });
  const { snapshots, chunks } = await prune(repository, 1, clock.last);
  assert.deepEqual([snapshots, chunks], [1, 3]);
  assert.deepEqual(await repository.snapshotNames(), [second.name]);
  assert.deepEqual((await scrub(repository, key.secret)).broken, []);
  await restoreFolder({ repository, snapshot: second, secret: key.secret, folder: await folderOf(t) });
  assert.equal(vault.held.size, 2 + 14);
});

test('[BAK6] behind a backup that a clock a year ahead has named, the one made last is the newest, and is not the one that is forgotten', async () => {
  const { source, repository } = await set();
  const ahead = clock.last + 365 * 86_400_000;
  const early = await backUp({ repository, source, clock: { now: () => ahead }, random });
  const [second, third] = [await backUp({ repository, source, clock, random }), await backUp({ repository, source, clock, random })];
  assert.deepEqual(await repository.snapshotNames(), [early.name, second.name, third.name]);
  assert.deepEqual([(await repository.newest())?.name, third.manifest.made], [third.name, clock.last]);
  await prune(repository, 1, clock.last);
  assert.deepEqual(await repository.snapshotNames(), [third.name]);
  // Whatever else lies there has no time.
  assert.equal(nextName(clock.last, ['2099', 'note', '9-9-9'], 'ffff'), `${new Date(clock.last).toISOString().replaceAll(':', '-')}-ffff`);
});

test('[BAK7] restoring that was cut off anywhere goes on, and never writes over anything else', async (t) => {
  const { key, source, repository } = await set();
  const made = await backUp({ repository, source, clock, random });
  const folder = await folderOf(t);
  for (let cut = 1; ; cut += 1) {
    const ending = new AbortController();
    let count = 0;
    const restoring = restoreFolder({ repository, snapshot: made, secret: key.secret, folder, signal: ending.signal, progress: () => ((count += 1) === cut ? ending.abort() : undefined) });
    if (await restoring.then(() => true, () => false)) break;
    // What a power cut leaves of a stretch.
    const torn = (await readdir(folder, { recursive: true })).find((name) => name.endsWith('.part'));
    if (torn !== undefined) await writeFile(join(folder, torn), 'torn', { flag: 'a' });
    assert.ok(cut < 40);
  }
  for (const [path, plain] of source.contents) assert.deepEqual(new Uint8Array(await readFile(join(folder, path))), plain, path);
  await assert.rejects(restoreFolder({ repository, snapshot: made, secret: key.secret, folder }), failsWith('restore.occupied'));
});

test('[BAK7] what is there when restoring goes on is held to its hashes, and what the backup does not know is named', async (t) => {
  const { key, source, repository } = await set();
  const made = await backUp({ repository, source, clock, random });
  const folder = await folderOf(t);
  const restore = async (cut?: number): Promise<unknown> => {
    const ending = new AbortController();
    let count = 0;
    return await restoreFolder({ repository, snapshot: made, secret: key.secret, folder, signal: ending.signal, progress: () => ((count += 1) === cut ? ending.abort() : undefined) }).catch((error: unknown) => error);
  };
  // The database is there, and one stretch of the segment.
  await restore(4);
  assert.deepEqual((await readdir(folder, { recursive: true })).sort(), ['blobs', 'blobs/000001.seg.part', 'earshot.db', 'restoring.json']);
  const named = async (path: string): Promise<void> => {
    const found = await restore();
    assert.ok(found instanceof Failure && found.code === 'restore.occupied', String(found));
    assert.deepEqual(found.evidence, { folder, path });
  };
  const database = source.contents.get('earshot.db') ?? new Uint8Array();
  for (const other of [Buffer.concat([database, Uint8Array.of(1)]), database.subarray(1), database.with(2_000, (database[2_000] ?? 0) ^ 1)]) {
    await writeFile(join(folder, 'earshot.db'), other);
    await named('earshot.db');
    assert.deepEqual(await readFile(join(folder, 'earshot.db')), Buffer.from(other), 'nothing is written over');
  }
  await writeFile(join(folder, 'earshot.db'), database);
  // A segment that a server opened under a name which is not restored yet, and its log of the database.
  await writeFile(join(folder, 'blobs/000001.seg'), 'of a server');
  await named('blobs/000001.seg');
  await rm(join(folder, 'blobs/000001.seg'));
  await writeFile(join(folder, 'earshot.db-wal'), 'of a server');
  await named('earshot.db-wal');
  await rm(join(folder, 'earshot.db-wal'));
  assert.deepEqual(await restore(), { files: 2, bytes: 12_800, gaps: [] });
  for (const [path, plain] of source.contents) assert.deepEqual(new Uint8Array(await readFile(join(folder, path))), plain, path);
});

test('[BAK7] a power cut while a restore begins leaves a folder into which it can begin again', async (t) => {
  const { key, source, repository } = await set();
  const snapshot = await backUp({ repository, source, clock, random });
  const folder = await folderOf(t);
  await mkdir(folder);
  await writeFile(join(folder, 'restoring.json'), '');
  await restoreFolder({ repository, snapshot, secret: key.secret, folder });
  assert.deepEqual((await readdir(folder)).sort(), ['blobs', 'earshot.db']);
});

test('[BAK8] another key, no key, and a vault of a later version are each said', async (t) => {
  const { source, repository, vault, key } = await set();
  const made = await backUp({ repository, source, clock, random });
  const other = await makeBackupKey();
  await assert.rejects(restoreFolder({ repository, snapshot: made, secret: other.secret, folder: await folderOf(t) }), failsWith('backup.key'));
  await assert.rejects(readBackupKey('hello'), failsWith('backup.key'));
  assert.deepEqual(await readBackupKey(`# made by hand\n${key.secret}\n`), key);
  const info = JSON.parse(new TextDecoder().decode(vault.held.get('earshot-backup.json'))) as object;
  vault.held.set('earshot-backup.json', new TextEncoder().encode(JSON.stringify({ ...info, version: 2 })));
  await assert.rejects(Repository.open(vault), failsWith('backup.newer'));
  await assert.rejects(Repository.open(new MemoryVault()), failsWith('backup.missing'));
});

for (const { age, stored } of [{ age: 0, stored: 12_800 }, { age: 90_000_000, stored: 25_300 }]) {
  test(`[BAK15] a backup beside which another one is made and forgets what is not its own is whole: chunks ${String(age / 3_600_000)} hours old`, async (t) => {
    const { key, vault, source, repository } = await set();
    const list = vault.list.bind(vault);
    vault.list = async (folder) => (await list(folder)).map((held) => ({ ...held, put: clock.last - age }));
    const read = source.read.bind(source);
    let other = true;
    source.read = async (path, from, to) => {
      if (path.endsWith('.seg') && from === 10_000 && other) {
        other = false;
        const elsewhere = new MemorySource();
        elsewhere.contents.set('origin.txt', random.bytes(10));
        await backUp({ repository, source: elsewhere, clock, random });
        await prune(repository, 1, clock.last);
      }
      return await read(path, from, to);
    };
    const made = await backUp({ repository, source, clock, random });
    assert.equal(made.stored, stored);
    assert.deepEqual((await scrub(repository, key.secret)).broken, []);
    await restoreFolder({ repository, snapshot: made, secret: key.secret, folder: await folderOf(t) });
  });
}
