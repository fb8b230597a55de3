import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { voice } from '../../apps/cli/src/testing/sounds.ts';
import { backupRounds } from './backup-rounds.ts';
import { World } from './cli-world.ts';

test('[BAK11] backed up beside a server at work and restored, both killed on the way: everything acknowledged is there', { timeout: 240_000 }, async () => {
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
