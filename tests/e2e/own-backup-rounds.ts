import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { voice } from '../../apps/cli/src/testing/sounds.ts';
import { endBlob } from '../../packages/server/src/store/sqlite-uploads.node.ts';
import { World } from './cli-world.ts';

const MESSAGES = 5;

/**
 * Backs a person up, killed at random moments, then once to the end; loses her profile, and what the server has of her sound; restores, killed likewise;
 * and finds every message as it was. Answers how many were killed before they were done.
 */
export async function ownBackupRounds(kills: number, told: (text: string) => void): Promise<number> {
  await using world = await World.make();
  const at = (name: string): string => join(world.folder, name);
  await writeFile(at('password'), 'correct horse');
  const [joined] = await world.by('ben', 'join', await world.invite(), '--name', 'ben', '--password-file', at('password'));
  await writeFile(at('code'), String(joined?.['recoveryCode']));
  const sums = new Map<string, unknown>();
  for (let count = 0; count < MESSAGES; count += 1) {
    const [sent] = await world.by('ben', 'send', '--to', 'me', voice);
    sums.set(String(sent?.['message']), sent?.['sha256']);
  }
  await world.by('ben', 'backup', '--to', at('first'), '--key', at('first.key'));
  const backup = ['backup', '--to', at('vault'), '--key', at('key')];
  let killed = await cutOff(world, backup, kills, told);
  await world.by('ben', ...backup);
  await rm(world.profile('ben'), { recursive: true });
  const database = new DatabaseSync(join(world.data, 'earshot.db'), { timeout: 5_000 });
  for (const row of database.prepare("SELECT id FROM blob WHERE state = 'closed'").all()) endBlob(database, String(row['id']));
  database.close();
  await world.by('ben', 'login', '--server', world.origin, '--name', 'ben', '--password-file', at('password'), '--recovery-code-file', at('code'));
  const restore = ['restore', '--from', at('vault'), '--key', at('key')];
  killed += await cutOff(world, restore, kills, told);
  const last = (await world.by('ben', ...restore)).at(-1);
  assert.deepEqual([last?.['damaged'], last?.['silent'], last?.['unknown']], [0, 0, 0]);
  for (const [message, sha256] of sums) assert.equal((await world.by('ben', 'save', message, at(`${message}.ogg`)))[0]?.['sha256'], sha256);
  return killed;
}

async function cutOff(world: World, args: readonly string[], times: number, told: (text: string) => void): Promise<number> {
  let killed = 0;
  for (let count = 1; count <= times; count += 1) {
    const running = world.start([...args, '--profile', world.profile('ben'), '--json']);
    const whole = Math.random() * 1_500;
    await Promise.race([pause(whole), running.ended]);
    const { code } = await running.kill('SIGKILL');
    if (code === null) killed += 1;
    told(`${args[0] ?? ''} ${String(count)} of ${String(times)}: ${code === null ? `killed after ${String(Math.round(whole))} ms` : 'was done before'}`);
  }
  return killed;
}
