import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chown, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { makeBackupKey, readBackupKey } from '@earshot/backup/key.ts';
import { Repository } from '@earshot/backup/repository.ts';
import { restoreFolder } from '@earshot/backup/restore.node.ts';
import { folderVault } from '@earshot/backup/vaults/folder.node.ts';
import { systemClock } from '@earshot/base/clock.ts';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { lastBackup } from '@earshot/server/backup/remembered.node.ts';
import { openBlobs } from '@earshot/server/data.node.ts';
import type { Context } from '../context.ts';
import { earshotIn, folderFor, joinedProfile, type Said, serverFor } from '../testing/doctor.ts';

type Refused = { readonly code: unknown; readonly evidence: unknown } | undefined;

interface Place {
  readonly data: string;
  readonly vault: string;
  readonly key: string;
  readonly earshot: (args: readonly string[], changes?: Partial<Context>) => Promise<Said>;
  /** One more backup. */
  readonly backUp: (...more: string[]) => Promise<Said>;
}

/** The data folder of somebody, with some sound, and its first backup. */
async function place(t: TestContext): Promise<Place> {
  const folder = await folderFor(t);
  const [data, vault, key] = [join(folder, 'data'), join(folder, 'vault'), join(folder, 'earshot.key')];
  const server = await serverFor(t, data);
  await joinedProfile(folder, data, server.origin, 'ada');
  await server.close();
  const blobs = openBlobs(data);
  await blobs.write(makeId(systemRandom), 0, systemRandom.bytes(3_000));
  await blobs.close();
  const earshot: Place['earshot'] = (args, changes) => earshotIn(folder, args, changes);
  const backUp = (...more: string[]): Promise<Said> => earshot(['backup', '--server', '--data', data, '--to', vault, '--key', key, ...more]);
  const first = await backUp();
  assert.equal(first.exit, 0, first.err);
  return { data, vault, key, earshot, backUp };
}

test('[BAK7] on a folder that is half restored no server starts and no command works; all leave it as it is, and it is restored to the end', async (t) => {
  const { vault, key, earshot } = await place(t);
  const folder = join(await folderFor(t), 'restored');
  const repository = await Repository.open(folderVault(vault));
  const [name = ''] = await repository.snapshotNames();
  const { secret } = await readBackupKey(await readFile(key, 'utf8'));
  const ending = new AbortController();
  const cut = restoreFolder({ repository, snapshot: await repository.snapshot(name), secret, folder, signal: ending.signal, progress: () => ending.abort() });
  await assert.rejects(cut, { name: 'AbortError' });
  const there = async (): Promise<string[]> => (await readdir(folder, { recursive: true })).sort();
  const before = await there();
  await assert.rejects(serverFor(t, folder), (error) => error instanceof Failure && error.code === 'restore.unfinished');
  for (const args of [['serve', '--port', '0'], ['invite'], ['accounts'], ['status'], ['check'], ['check', '--repair'], ['doctor', '--server'], ['backup', '--server', '--to', vault]]) {
    const { exit, lines, err } = await earshot([...args, '--data', folder]);
    const refused = lines.at(-1)?.['error'] as Refused;
    assert.deepEqual([exit, refused?.code, refused?.evidence], [78, 'restore.unfinished', { folder, snapshot: name }], `${args.join(' ')}: ${err}`);
  }
  assert.deepEqual(await there(), before);
  // Cut off before the database was there, and by a power cut.
  const begun = await folderFor(t);
  await writeFile(join(begun, 'restoring.json'), '');
  assert.equal((await earshot(['doctor', '--server', '--data', begun])).exit, 78);
  const back = await earshot(['restore', '--server', '--from', vault, '--key', key, '--data', folder]);
  assert.equal(back.exit, 0, back.err);
  await serverFor(t, folder);
});

test('[BAK5] [BAK10] with one backup that is damaged the next ones are made and noted, none is forgotten, and the lists go on; until it is set aside', async (t) => {
  const { data, vault, key, earshot, backUp } = await place(t);
  const names = async (): Promise<string[]> => (await readdir(join(vault, 'snapshots'))).map((name) => name.replace('.json', '')).sort();
  await backUp();
  const [oldest = '', rotten = ''] = await names();
  await writeFile(join(vault, 'snapshots', `${rotten}.json`), 'rotten');
  const third = await backUp('--keep', '2');
  assert.deepEqual([third.exit, third.lines.length], [0, 1], third.err);
  assert.match(third.err, /None of the older ones is forgotten this time.*backup\.damaged/);
  assert.equal((await names()).length, 3);
  assert.deepEqual(await lastBackup(data), { verified: third.lines[0]?.['verified'], failed: null });
  const newest = third.lines[0]?.['backup'];
  const broken = { broken: `snapshots/${rotten}.json`, code: 'backup.damaged', backups: [rotten] };
  for (const list of [['backup', '--server', '--to', vault, '--list'], ['restore', '--server', '--from', vault, '--key', key, '--list']]) {
    const { exit, lines } = await earshot(list);
    assert.deepEqual([exit, lines.length, lines[0]?.['backup'], lines[1], lines[2]?.['backup']], [0, 3, oldest, broken, newest]);
  }
  const checked = await earshot(['backup', '--server', '--to', vault, '--verify']);
  assert.deepEqual([checked.exit, checked.lines[0]], [65, broken]);
  const fourth = await backUp('--keep', '2');
  assert.deepEqual([fourth.exit, fourth.err], [0, '']);
  assert.deepEqual(await names(), [newest, fourth.lines[0]?.['backup']]);
});

test('[BAK14] a backup by hand forgets no more than the server was told to keep, unless it says how many', async (t) => {
  const { data, vault, backUp } = await place(t);
  const count = async (): Promise<number> => (await readdir(join(vault, 'snapshots'))).length;
  const repository = await Repository.open(folderVault(vault));
  for (let older = 1; older <= 39; older += 1) await repository.keep(`2026-01-01T00-00-00.0${String(older).padStart(2, '0')}Z-aaaa`, { version: 1, made: 0, verified: 0, files: [] });
  await writeFile(join(data, 'earshot.json'), JSON.stringify({ backupKeep: 40 }));
  await backUp();
  assert.equal(await count(), 40);
  await backUp('--keep', '20');
  assert.equal(await count(), 20);
});

test('[STAT10] [BAK10] whatever a backup fails with is told and noted, also a mistake of ours; one that goes on tries again at its next time', async (t) => {
  const { data, vault, earshot } = await place(t);
  const ending = new AbortController();
  const codes: unknown[] = [];
  // It breaks once, when it takes a name for its backup.
  let broken = false;
  const random = { ...systemRandom, bytes: (length: number) => {
    if (broken) return systemRandom.bytes(length);
    broken = true;
    throw new TypeError('a mistake of ours');
  } };
  const clock = { now: systemClock.now, sleep: async () => {
    const { failed } = await lastBackup(data);
    codes.push(failed?.code ?? null);
    if (codes.length === 2) ending.abort(0);
  } };
  const { exit, err, lines } = await earshot(['backup', '--server', '--data', data, '--to', vault, '--every', '1'], { clock, random, ending: ending.signal });
  assert.deepEqual([exit, codes, lines.length], [0, ['server.fault', null], 1]);
  assert.match(err, /fault of Earshot itself[^]*a mistake of ours/);
});

test('[BAK18] how often and how many is a whole number up to a year of hours, and up to as many as a server may keep', async (t) => {
  const folder = await folderFor(t);
  for (const [option, text, most] of [['--every', '8761', 8_760], ['--every', '0', 8_760], ['--keep', '100000', 99_999], ['--keep', 'all', 99_999]] as const) {
    const { exit, err } = await earshotIn(folder, ['backup', '--server', '--to', join(folder, 'vault'), option, text]);
    assert.equal(exit, 2);
    assert.match(err, new RegExp(`${option} takes a whole number from 1 to ${String(most)}`));
  }
});

test('[STAT10] a failure that cannot be noted is told all the same', async (t) => {
  const { data, earshot } = await place(t);
  await rm(join(data, 'backup.json'));
  await mkdir(join(data, 'backup.json', 'in the way'), { recursive: true });
  const { exit, lines, err } = await earshot(['backup', '--server', '--data', data, '--to', join(data, 'none'), '--existing']);
  assert.deepEqual([exit, (lines[0]?.['error'] as Refused)?.code], [66, 'backup.missing'], err);
  assert.match(err, /could not be noted.*server\.data-unwritable/);
});

test('[START7] root backs up and repairs no folder of another user, and leaves nothing in it', async (t) => {
  // Nobody else gives files away.
  if (process.getuid?.() !== 0) return;
  const { data, vault, earshot } = await place(t);
  await chown(join(data, 'earshot.db'), 4711, 4711);
  const looks = async (): Promise<unknown> => await Promise.all((await readdir(data)).sort().map(async (name) => [name, (await stat(join(data, name))).mtimeMs]));
  const before = await looks();
  for (const args of [['backup', '--server', '--to', vault], ['check', '--repair']]) {
    const { exit, lines } = await earshot([...args, '--data', data]);
    assert.deepEqual([exit, (lines[0]?.['error'] as Refused)?.code], [73, 'server.data-foreign']);
  }
  assert.deepEqual(await looks(), before);
});

test('[START7] root restores into no folder of another user, and leaves nothing in it; into its own it does', async (t) => {
  if (process.getuid?.() !== 0) return;
  const { vault, key, earshot } = await place(t);
  const folder = join(await folderFor(t), 'restored');
  await mkdir(folder);
  await chown(folder, 4711, 4711);
  const restore = (): Promise<Said> => earshot(['restore', '--server', '--from', vault, '--key', key, '--data', folder]);
  const { exit, lines } = await restore();
  assert.deepEqual([exit, (lines[0]?.['error'] as Refused)?.code, await readdir(folder)], [73, 'server.data-foreign', []]);
  await chown(folder, 0, 0);
  assert.equal((await restore()).exit, 0);
});

test('[BAK10] [OWN6] a place whose disk is not mounted gets no new key, neither from a later round nor from a new command, unless that is asked for', async (t) => {
  const { data, vault, key, earshot } = await place(t);
  const [mine, away] = [`${vault}-ada`, `${vault}-away`];
  const profile = join(data, '..', 'profile-ada');
  const hers = ['backup', '--profile', profile, '--to', mine];
  assert.equal((await earshot([...hers, '--key', `${key}-ada`])).exit, 0);
  for (const [to, args, named] of [[vault, ['backup', '--server', '--data', data, '--to', vault], key], [mine, hers, `${key}-ada`]] as const) {
    const ending = new AbortController();
    let rounds = 0;
    const sleep = async (): Promise<void> => {
      rounds += 1;
      if (rounds === 1) await rename(to, away);
      else ending.abort(0);
    };
    const repeated = await earshot([...args, '--every', '1'], { clock: { now: systemClock.now, sleep }, ending: ending.signal });
    assert.deepEqual(repeated.lines.map((line) => (line['error'] as Refused)?.code ?? 'made'), ['made', 'backup.missing'], repeated.err);
    const again = await earshot(args);
    assert.deepEqual([again.exit, again.lines.length], [66, 1]);
    assert.match(again.err, /backup\.missing.*--anew/);
    assert.equal(existsSync(to), false);
    const anew = await earshot([...args, '--anew']);
    assert.equal(anew.exit, 0, anew.err);
    assert.ok(String(anew.lines[0]?.['key']).startsWith('AGE-SECRET-KEY-'));
    await rm(to, { recursive: true });
    await rename(away, to);
    assert.equal((await earshot(['backup', '--to', to, '--verify', '--key', named])).exit, 0);
  }
  const known = await earshot(['backup', '--profile', profile]);
  assert.deepEqual(known.lines.map((line) => [line['place'], line['key']]), [[mine, null]], 'the key that it showed is where she keeps it, and not in the file of the old one');
});

test('[BAK19] a place that takes nothing gets no key; a first backup that was cut off goes on with the key that was written', async (t) => {
  const { data, vault, key, earshot } = await place(t);
  const [to, other] = [`${vault}-other`, `${key}-other`];
  // Nothing is there yet, and nothing can be written.
  await symlink(join(vault, 'gone', 'away'), to);
  const backUp = async (...more: string[]): Promise<Said> => await earshot(['backup', '--server', '--data', data, '--to', to, ...more]);
  for (const more of [['--key', other], []]) {
    const { exit, lines } = await backUp(...more);
    assert.deepEqual([exit, lines.map((line) => (line['error'] as Refused)?.code)], [73, ['backup.target']]);
  }
  assert.equal(existsSync(other), false);
  await rm(to);
  // As after one that was killed once its key was on the disk.
  const { secret, recipient } = await makeBackupKey();
  await writeFile(other, `# mine\n${secret}\n`);
  const { exit, lines, err } = await backUp('--key', other);
  assert.deepEqual([exit, lines[0]], [0, { keyFile: other, recipient }], err);
  assert.deepEqual([await readFile(other, 'utf8'), (await readdir(to)).sort()], [`# mine\n${secret}\n`, ['chunks', 'earshot-backup.json', 'snapshots']]);
  assert.equal((await earshot(['backup', '--to', to, '--verify', '--key', other])).exit, 0);
  await writeFile(`${other}-none`, 'something else');
  const none = await earshot(['backup', '--server', '--data', data, '--to', `${to}-2`, '--key', `${other}-none`]);
  assert.deepEqual([none.exit, (none.lines[0]?.['error'] as Refused)?.code, await readFile(`${other}-none`, 'utf8')], [73, 'file.exists', 'something else']);
});

test('[BAK10] [OWN6] of those that repeat, whichever is the first to reach the place begins there, also anew; no later one does', async (t) => {
  const { data, key, earshot } = await place(t);
  const profile = join(data, '..', 'profile-ada');
  for (const [name, args] of [['server', ['--server', '--data', data]], ['anew', ['--server', '--data', data, '--anew']], ['hers', ['--profile', profile]], ['hers-anew', ['--profile', profile, '--anew']]] as const) {
    const disk = join(data, '..', `disk-${name}`);
    const to = join(disk, 'vault');
    await writeFile(disk, 'no folder can be here');
    const ending = new AbortController();
    const steps = [
      async () => {
        await rm(disk);
        await mkdir(disk);
      },
      async () => await rename(to, `${to}-away`),
    ];
    const sleep = async (): Promise<void> => {
      const step = steps.shift();
      if (step === undefined) ending.abort(0);
      else await step();
    };
    const { exit, lines, err } = await earshot(['backup', ...args, '--to', to, '--key', `${key}-${name}`, '--every', '1'], { clock: { now: systemClock.now, sleep }, ending: ending.signal });
    const told = lines.map((line) => (line['error'] as Refused)?.code ?? (line['keyFile'] === undefined ? 'made' : 'key'));
    assert.deepEqual([exit, told], [0, ['backup.target', 'key', 'made', 'backup.missing']], `${name}: ${err}`);
  }
});
