import assert from 'node:assert/strict';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { MemoryVault } from '@earshot/backup/vault.ts';
import { toTar } from '@earshot/backup/vaults/tar.ts';
import { voice } from '../../apps/cli/src/testing/sounds.ts';
import { backupRounds } from './backup-rounds.ts';
import { type Line, World } from './cli-world.ts';
import { ownBackupRounds } from './own-backup-rounds.ts';

test('[BAK11] backed up beside a server at work and restored, both killed on the way: everything acknowledged is there', async () => {
  const { messages } = await backupRounds(3, () => undefined);
  assert.ok(messages >= 20);
});

test('[BAK12] which backups hold a message is told, and a place that cannot be written is named', async () => {
  await using world = await World.make();
  await world.join('anna');
  const vault = `${world.folder}/vault`;
  const [sent] = await world.by('anna', 'send', '--to', 'anna', voice);
  const message = String(sent?.['message']);
  const first = await world.run('backup', '--server', '--data', world.data, '--to', vault, '--json');
  const [key, made] = first.lines;
  await world.by('anna', 'remove', message);
  const second = await world.run('backup', '--server', '--data', world.data, '--to', vault, '--json');
  assert.equal(second.code, 0, second.err);
  const keyFile = `${world.folder}/earshot.key`;
  await writeFile(keyFile, `# earshot\n${String(key?.['key'])}\n`);
  const held = await world.run('restore', '--server', '--from', vault, '--key', keyFile, '--list', message, '--json');
  assert.deepEqual(held.lines.map((line) => line['backup']), [made?.['backup']], 'only the one before it was taken back');
  const listed = await world.run('backup', '--server', '--to', vault, '--list', '--json');
  assert.deepEqual(listed.lines.map((line) => line['backup']), [made?.['backup'], second.lines[0]?.['backup']]);
  const nowhere = await world.run('backup', '--server', '--data', world.data, '--to', `${keyFile}/vault`, '--json');
  assert.equal(nowhere.code, 73, nowhere.out);
  const occupied = await world.run('restore', '--server', '--from', vault, '--key', keyFile, '--data', world.data, '--json');
  assert.equal(occupied.code, 73);
});

test('[BAK14] a server at work backs itself up for a key that it does not have; what came of it is on its status', async () => {
  await using world = await World.make();
  const [vault, key] = [`${world.folder}/vault`, `${world.folder}/earshot.key`];
  const again = async (): Promise<void> => {
    await world.server?.kill('SIGTERM');
    await world.serve('--backup-to', vault, '--backup-every', '1s');
  };
  const status = async () => (await world.run('status', '--data', world.data, '--json')).lines.at(-1) ?? {};
  const until = async (is: (line: Line) => boolean): Promise<Line> => {
    for (let tries = 0; tries < 60; tries += 1) {
      const line = await status();
      if (is(line)) return line;
    }
    throw new Error(`the status never said so: ${JSON.stringify(await status())}`);
  };
  await again();
  const failed = await until((line) => line['failed'] !== null);
  assert.deepEqual([failed['backup'], (failed['failed'] as Line)['code']], [null, 'backup.missing'], 'nobody would see a key that it made');
  const [made, told] = (await world.run('backup', '--server', '--data', world.data, '--to', vault, '--key', key, '--json')).lines;
  assert.equal(made?.['keyFile'], key);
  await again();
  const later = await until((line) => Number(line['backup']) > Number(told?.['verified']));
  assert.equal(later['failed'], null);
  const whole = await world.run('backup', '--server', '--to', vault, '--verify', '--key', key, '--json');
  assert.deepEqual([whole.code, whole.lines.at(-1)?.['broken']], [0, 0]);
});

test('[OWN6] [OWN10] a person backs up and restores with the command line: the key in her file, a lost profile, a message by its id, out of a folder and out of one file', async () => {
  await using world = await World.make();
  await world.join('anna');
  const [password, code] = [`${world.folder}/password`, `${world.folder}/code`];
  await writeFile(password, 'correct horse');
  const [joined] = await world.by('ben', 'join', await world.invite(), '--name', 'ben', '--password-file', password);
  await writeFile(code, String(joined?.['recoveryCode']));
  const sent = [];
  for (let count = 0; count < 3; count += 1) sent.push(String((await world.by('anna', 'send', '--to', 'ben', voice))[0]?.['message']));
  const [first = '', second = ''] = sent;
  const [vault, key] = [`${world.folder}/vault`, `${world.folder}/mine.key`];
  const [made, told] = await world.by('ben', 'backup', '--to', vault, '--key', key);
  assert.equal(made?.['keyFile'], key);
  assert.equal(told?.['stored'], told?.['bytes']);
  assert.deepEqual((await world.by('ben', 'backup')).map((line) => [line['place'], line['verified'], line['key']]), [[vault, told?.['verified'], key]]);
  const other = await world.run('backup', '--to', vault, '--profile', world.profile('anna'), '--json');
  assert.equal(other.code, 73, 'nobody else’s backup is mixed into it');
  await world.by('anna', 'remove', first);
  // The profile is lost.
  await rm(world.profile('ben'), { recursive: true });
  const back = await world.run('login', '--server', world.origin, '--name', 'ben', '--password-file', password, '--recovery-code-file', code, '--profile', world.profile('ben'), '--json');
  assert.match(back.err, /earshot restore --from PLACE/);
  const all = await world.by('ben', 'restore', '--from', vault, '--key', key);
  assert.deepEqual([all.at(-1)?.['removed'], all.at(-1)?.['damaged']], [1, 0]);
  // As a browser keeps it that can write into no folder.
  const file = `${world.folder}/earshot ben.tar`;
  await writeFile(file, await oneFile(vault));
  await world.by('ben', 'restore', '--from', file, '--key', key, '--removed', first);
  const saved = (await world.by('ben', 'save', first, `${world.folder}/back.ogg`))[0];
  const sound = (await world.by('ben', 'save', second, `${world.folder}/other.ogg`))[0];
  assert.equal(saved?.['sha256'], sound?.['sha256']);
  for (const place of [vault, file]) assert.equal((await world.by('ben', 'restore', '--from', place, '--key', key, '--list', first)).length, 1);
  for (const wrong of [voice, world.folder]) {
    const refused = await world.run('restore', '--from', wrong, '--key', key, '--profile', world.profile('ben'), '--json');
    assert.match(refused.err, wrong === voice ? /backup\.damaged.*archive/ : /backup\.missing/);
  }
});

async function oneFile(folder: string): Promise<Uint8Array> {
  const vault = new MemoryVault();
  for (const name of await readdir(folder, { recursive: true })) if ((await stat(`${folder}/${name}`)).isFile()) await vault.put(name, await readFile(`${folder}/${name}`));
  return toTar(vault, 0);
}

test('[OWN15] one of two places that is away or has another key is named, and hides neither the other one nor the server; nor does a backup that is broken', async () => {
  await using world = await World.make();
  await world.join('anna');
  const message = String((await world.by('anna', 'send', '--to', 'anna', voice))[0]?.['message']);
  const [disk, other, key] = [`${world.folder}/disk`, `${world.folder}/other`, `${world.folder}/disk.key`];
  const [, made] = await world.by('anna', 'backup', '--to', disk, '--key', key);
  await world.by('anna', 'backup', '--to', other, '--key', `${world.folder}/other.key`);
  const anna = (...args: string[]): ReturnType<World['run']> => world.run(...args, '--profile', world.profile('anna'), '--json');
  const wrong = await anna('restore', '--list', message, '--key', key);
  assert.deepEqual([wrong.code, wrong.lines.map((line) => line['backup'])], [0, [made?.['backup']]], wrong.err);
  assert.match(wrong.err, new RegExp(`${other} is left out.*backup\\.key`));
  await rm(other, { recursive: true });
  const listed = await anna('restore', '--list');
  assert.deepEqual([listed.code, listed.lines.map((line) => line['backup'])], [0, [made?.['backup']]], listed.err);
  assert.match(listed.err, new RegExp(`${other} is left out`));
  assert.equal((await anna('restore')).code, 0);
  await world.by('anna', 'backup', '--to', disk, '--key', key);
  const [newest = ''] = (await readdir(`${disk}/snapshots`)).toSorted().toReversed();
  await writeFile(`${disk}/snapshots/${newest}`, 'torn');
  const left = await anna('restore', '--list', message);
  assert.deepEqual([left.code, left.lines.map((line) => line['backup'])], [0, [made?.['backup']]], left.err);
  assert.match(left.err, new RegExp(`one backup in ${disk} is left out.*backup\\.damaged`));
  assert.equal((await anna('seek', message, '--only')).lines.find((line) => line['place'] === 'backup')?.['state'], 'has');
  await rm(disk, { recursive: true });
  const sought = await anna('seek', message);
  assert.deepEqual([sought.code, sought.lines[0]?.['here']], [0, true], sought.err);
  assert.match(sought.err, /your backups are left out/);
  assert.notEqual((await anna('restore', '--list')).code, 0, 'there is no other one');
});

test('[OWN9] killed at any moment, a person’s backup and her restoring go on where they were, and nothing is lost', async () => {
  await ownBackupRounds(2, () => undefined);
});
