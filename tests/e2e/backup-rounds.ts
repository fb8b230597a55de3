import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Acknowledged, kill, load, startVictim, verify } from '../../packages/server/src/testing/kill-rounds.ts';
import { Caller, World } from '../../packages/server/src/testing/world.ts';

const earshot = fileURLToPath(new URL('../../apps/cli/bin/earshot.mjs', import.meta.url));
const run = promisify(execFile);
const WRITERS = 3;

export interface BackupReport {
  /** Messages acknowledged before the backup that was restored in the end. */
  readonly messages: number;
  /** Backups and restores that were killed before they were done. */
  readonly killed: number;
}

/**
 * Beside a server at work: backs up, killed at random moments, then once to the end; restores that, killed likewise; and finds everything that
 * the server had acknowledged before the last backup began, in a folder that `earshot check` finds nothing wrong with.
 */
export async function backupRounds(kills: number, told: (text: string) => void): Promise<BackupReport> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-backup-'));
  const place = { data: join(folder, 'data'), vault: join(folder, 'vault'), key: join(folder, 'key'), restored: join(folder, 'restored') };
  const server = await startVictim(place.data);
  try {
    const joined = await new World({ port: server.port } as World['server'], place.data).join('alice');
    const log = await joined.direct(joined.person);
    const said: Acknowledged[] = [];
    const writers = Array.from({ length: WRITERS }, () => load(joined, log, said, new Map()));
    while (said.length < 20) await pause(20);
    const backup = ['backup', '--server', '--data', place.data, '--to', place.vault, '--json'];
    const [first] = (await run(process.execPath, [earshot, ...backup])).stdout.trim().split('\n');
    await writeFile(place.key, String((JSON.parse(first ?? '{}') as { key?: string }).key));
    let killed = await cutOff(backup, kills, told);
    const before = said.length;
    await run(process.execPath, [earshot, ...backup]);
    await kill(server.process);
    await Promise.all(writers);
    // The data folder is lost.
    await rm(place.data, { recursive: true });
    const restore = ['restore', '--server', '--from', place.vault, '--key', place.key, '--data', place.restored, '--json'];
    killed += await cutOff(restore, kills, told);
    await run(process.execPath, [earshot, ...restore]).catch((error: unknown) => {
      // One that was to be killed may have been quicker.
      if (!String(error).includes('restore.occupied')) throw error;
    });
    const check = await run(process.execPath, [earshot, 'check', '--data', place.restored, '--json']);
    assert.deepEqual((JSON.parse(check.stdout.trim().split('\n').at(-1) ?? '{}') as { damage?: number }).damage, 0);
    await run(process.execPath, [earshot, 'backup', '--server', '--verify', '--to', place.vault, '--key', place.key]);
    await isThere(place.restored, joined, log, said.slice(0, before));
    return { messages: before, killed };
  } finally {
    await kill(server.process);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Starts a command so many times and kills it at a random moment. Answers how many times it was not done yet. */
async function cutOff(args: readonly string[], times: number, told: (text: string) => void): Promise<number> {
  let killed = 0;
  for (let count = 1; count <= times; count += 1) {
    const child = spawn(process.execPath, [earshot, ...args], { stdio: 'ignore' });
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const whole = Math.random() * 1_500;
    await Promise.race([pause(whole), ended]);
    child.kill('SIGKILL');
    await ended;
    if (child.signalCode === 'SIGKILL') killed += 1;
    told(`${args[0] ?? ''} ${String(count)} of ${String(times)}: ${child.signalCode === 'SIGKILL' ? `killed after ${String(Math.round(whole))} ms` : 'was done before'}`);
  }
  return killed;
}

async function isThere(dataDir: string, { person, device, token }: Caller, log: string, said: readonly Acknowledged[]): Promise<void> {
  const server = await startVictim(dataDir);
  try {
    await verify(new Caller(`http://127.0.0.1:${String(server.port)}`, person, device, token), log, said, new Map(), 0);
  } finally {
    await kill(server.process);
  }
}
