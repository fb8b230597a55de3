import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lastBackup, rememberBackup } from '@earshot/server/backup/remembered.node.ts';
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
  await backUpBeside({ context, output: new Output(context, false) }, { data, place: join(data, 'vault'), every: DAY }, stop.signal);
  assert.deepEqual(await lastBackup(data), { verified: began - 2 * DAY, failed: { at: began + HOUR, code: 'server.fault' } });
  assert.deepEqual([err().match(/server\.fault.*reason: spawn/g)?.length, out()], [2, '']);
});
