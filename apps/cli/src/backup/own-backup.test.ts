import assert from 'node:assert/strict';
import { cp, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Repository, type Snapshot } from '@earshot/backup/repository.ts';
import { SnapshotFiles } from '@earshot/backup/snapshot-files.ts';
import { MemorySource } from '@earshot/backup/source.ts';
import { MemoryVault } from '@earshot/backup/vault.ts';
import { folderVault } from '@earshot/backup/vaults/folder.node.ts';
import { fromUtf8 } from '@earshot/base/encoding.ts';
import { Output } from '../output/output.ts';
import { runEarshot } from '../program.ts';
import { openSession } from '../profile/session.node.ts';
import { contextForTests } from '../testing/context.ts';
import { folderFor, joinedProfile, serverFor } from '../testing/doctor.ts';
import { Before } from './before.ts';
import { readKeyFile } from './key-file.node.ts';
import { makeBackup, type Making } from './making.ts';
import { openOwnBackups } from './own.ts';

interface House {
  readonly folder: string;
  readonly vault: string;
  readonly key: string;
  /** What a backup of ada, or of ben, ended with and said. */
  readonly backUp: (name: 'ada' | 'ben', ...args: readonly string[]) => Promise<{ readonly exit: number; readonly err: string }>;
}

/** Ada and Ben at a server, and ada's first backup, with its key in a file that her profile does not know. */
async function house(t: TestContext): Promise<House> {
  const folder = await folderFor(t);
  const [data, vault, key] = [join(folder, 'data'), join(folder, 'vault'), join(folder, 'elsewhere.key')];
  const server = await serverFor(t, data);
  for (const name of ['ada', 'ben']) await joinedProfile(folder, data, server.origin, name);
  const backUp: House['backUp'] = async (name, ...args) => {
    const { context, err } = contextForTests({ cwd: folder, home: folder });
    return { exit: await runEarshot(['backup', '--profile', `profile-${name}`, ...args], context), err: err() };
  };
  const first = await backUp('ada', '--to', vault, '--key', join(folder, 'first.key'));
  assert.equal(first.exit, 0, first.err);
  await rename(join(folder, 'first.key'), key);
  return { folder, vault, key, backUp };
}

async function newestIn(vault: string): Promise<{ readonly repository: Repository; readonly newest: Snapshot }> {
  const repository = await Repository.open(folderVault(vault));
  const newest = await repository.newest();
  assert.ok(newest);
  return { repository, newest };
}

test('[OWN6] whoever calls herself otherwise meanwhile backs up to her own place, with the key at hand or without it; nobody else does', async (t) => {
  const { folder, vault, key, backUp } = await house(t);
  {
    const { context } = contextForTests({ cwd: folder, home: folder });
    await using session = await openSession(context, { profile: 'profile-ada' });
    await session.earshot.account.rename('Adelheid');
  }
  // Where its profile knows nothing of it as well, as on another machine.
  const moved = join(folder, 'moved');
  await cp(vault, moved, { recursive: true });
  for (const [to, ...args] of [[vault], [moved], [vault, '--key', key]] as const) {
    const [hers, his] = [await backUp('ada', '--to', to, ...args), await backUp('ben', '--to', to, ...args)];
    assert.deepEqual([hers.exit, his.exit], [0, 73], hers.err + his.err);
    assert.match(his.err, /backup\.target.*somebody else/);
  }
  const { repository, newest } = await newestIn(vault);
  const people = fromUtf8(await new SnapshotFiles(repository, newest, (await readKeyFile({ cwd: folder }, key)).secret).read('people.jsonl'));
  assert.match(people, /"name":"Adelheid"/, 'what she calls herself is in it all the same');
});

test('[OWN6] a backup of before, which had her name in what says whose it is, is hers where this profile made it, or where its key is named', async (t) => {
  const { folder, vault, key, backUp } = await house(t);
  const before = async (to: string): Promise<void> => {
    const { repository, newest } = await newestIn(to);
    // From outside that is all that can be seen of it.
    const files = newest.manifest.files.map((file) => (file.path === 'person.json' ? { ...file, bytes: file.bytes + 30, changed: 7 } : file));
    await repository.keep(newest.name, { ...newest.manifest, files });
  };
  await before(vault);
  assert.equal((await backUp('ben', '--to', vault)).exit, 73);
  assert.equal((await backUp('ada', '--to', vault)).exit, 0);
  const moved = join(folder, 'moved');
  await rename(vault, moved);
  await before(moved);
  const unknown = await backUp('ada', '--to', moved);
  assert.equal(unknown.exit, 73);
  assert.match(unknown.err, /if they are yours.*--key/);
  assert.equal((await backUp('ben', '--to', moved, '--key', key)).exit, 73);
  assert.equal((await backUp('ada', '--to', moved, '--key', key)).exit, 0);
});

test('[OWN16] behind a backup of a clock that was ahead the one made last is looked in first', async (t) => {
  const { folder, vault, key, backUp } = await house(t);
  const { repository, newest } = await newestIn(vault);
  const ahead = `${String(new Date(newest.manifest.made).getUTCFullYear() + 1)}${newest.name.slice(4)}`;
  await repository.keep(ahead, { ...newest.manifest, made: newest.manifest.made + 365 * 86_400_000 });
  assert.equal((await backUp('ada', '--to', vault)).exit, 0);
  const names = await repository.snapshotNames();
  assert.equal(names.at(-2), ahead);
  const { context, out, err } = contextForTests({ cwd: folder, home: folder });
  await using session = await openSession(context, { profile: 'profile-ada' });
  const opened = await openOwnBackups({ context, output: new Output(context, false) }, session, { from: vault, key });
  assert.deepEqual([opened.map(({ name }) => name), out(), err()], [names.toReversed(), '', '']);
});

test('[OWN20] while older backups may have what one lacks, and their key is not at hand, none of them is forgotten, which is said', async () => {
  const { context, err } = contextForTests();
  const making: Making = { context, output: new Output(context, false), vault: new MemoryVault(), keep: 2, keyFile: undefined, existing: false, anew: false, arrived: () => undefined };
  const source = new MemorySource();
  const names = async (lacks: boolean): Promise<number> => {
    await makeBackup(making, source, { known: false, remember: async () => undefined, forgetsNone: () => lacks });
    return (await (await Repository.open(making.vault)).snapshotNames()).length;
  };
  assert.deepEqual([await names(true), await names(true), err()], [1, 2, '']);
  assert.equal(await names(true), 3);
  assert.match(err(), /None of the older ones is forgotten.*--key FILE/);
  const before = await Before.look(making, undefined);
  const lacking = { missing: 1, damaged: new Set<string>() };
  assert.deepEqual([before.mayHaveMore(lacking), before.mayHaveMore({ ...lacking, missing: 0 }), (await Before.look({ ...making, vault: new MemoryVault() }, undefined)).mayHaveMore(lacking)], [true, false, false]);
  assert.equal(await names(false), 2);
});

test('[OWN6] the settings of a server that lie where she stands, whosever they are and whatever is wrong with them, keep nobody from her own backup', async (t) => {
  const { folder, vault, backUp } = await house(t);
  await writeFile(join(folder, 'data', 'earshot.json'), '{ "prot": 80, "backupKeep": "one"');
  const { exit, err } = await backUp('ada', '--to', vault);
  assert.equal(exit, 0, err);
  const { context, err: told } = contextForTests({ cwd: folder, home: folder });
  assert.equal(await runEarshot(['backup', '--server', '--to', vault], context), 78);
  assert.match(told(), /config\.invalid/);
});
