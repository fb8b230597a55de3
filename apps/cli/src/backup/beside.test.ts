import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { makeBackupKey } from '@earshot/backup/key.ts';
import { Repository } from '@earshot/backup/repository.ts';
import { folderVault } from '@earshot/backup/vaults/folder.node.ts';
import { lastBackup, rememberBackup } from '@earshot/server/backup/remembered.node.ts';
import { openDataSource } from '@earshot/server/backup/source.node.ts';
import { openStore } from '@earshot/server/data.node.ts';
import { Output } from '../output/output.ts';
import { contextForTests } from '../testing/context.ts';
import { backUpBeside } from './beside.node.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

test('[BAK14] a backup that cannot be started has failed: it is noted, told, and tried again within the hour', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'earshot-beside-'));
  t.after(() => rmSync(data, { recursive: true }));
  const stop = new AbortController();
  const began = 1_800_000_000_000;
  let now = began;
  const sleep = (milliseconds: number): Promise<void> => {
    now += milliseconds;
    if (now > began + HOUR) stop.abort();
    return Promise.resolve();
  };
  await rememberBackup(data, began - 2 * DAY);
  // No process starts in a folder that is not there.
  const { context, out, err } = contextForTests({ cwd: join(data, 'gone'), clock: { now: () => now, sleep } });
  await backUpBeside({ context, output: new Output(context, false) }, { data, place: join(data, 'vault'), every: DAY, keep: 30 }, stop.signal);
  assert.deepEqual(await lastBackup(data), { verified: began - 2 * DAY, failed: { at: began + HOUR, code: 'server.fault' } });
  assert.deepEqual([err().match(/server\.fault.*reason: spawn/g)?.length, out()], [2, '']);
});

/** A data folder that was backed up two days ago, so that the next backup is due; each look at the clock ends it all. */
async function due(t: TestContext): Promise<{ readonly data: string; readonly vault: string; readonly once: (keep: number) => Promise<string> }> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-beside-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [data, vault] = [join(folder, 'data'), join(folder, 'vault')];
  mkdirSync(data);
  await openStore(data).close();
  await rememberBackup(data, Date.now() - 2 * DAY);
  const once = async (keep: number): Promise<string> => {
    const stop = new AbortController();
    const sleep = async (): Promise<void> => stop.abort();
    const { context, err } = contextForTests({ cwd: folder, env: process.env, clock: { now: Date.now, sleep } });
    await backUpBeside({ context, output: new Output(context, false) }, { data, place: vault, every: DAY, keep }, stop.signal);
    return err();
  };
  return { data, vault, once };
}

test('[BAK14] a backup that is due while one is made by hand is no fault of the server: nothing is noted, and it is looked for again', async (t) => {
  const { data, once } = await due(t);
  const before = await lastBackup(data);
  await using byHand = await openDataSource(data);
  assert.ok((await byHand.files()).length > 0);
  assert.deepEqual([await once(30), await lastBackup(data)], ['', before]);
});

test('[BAK14] as many backups stay as the server was told, and a failure is noted by its code', async (t) => {
  const { data, vault, once } = await due(t);
  assert.match(await once(30), /backup\.missing/);
  assert.equal((await lastBackup(data)).failed?.code, 'backup.missing');
  const repository = await Repository.create(folderVault(vault), { recipient: (await makeBackupKey()).recipient, salt: new Uint8Array(32), made: 0 });
  for (const name of ['2026-01-01T00-00-00.000Z-aaaa', '2026-01-02T00-00-00.000Z-bbbb', '2026-01-03T00-00-00.000Z-cccc']) await repository.keep(name, { version: 1, made: 0, verified: 0, files: [] });
  await rememberBackup(data, Date.now() - 2 * DAY);
  assert.equal(await once(3), '');
  assert.deepEqual((await repository.snapshotNames()).slice(0, -1), ['2026-01-02T00-00-00.000Z-bbbb', '2026-01-03T00-00-00.000Z-cccc']);
});
