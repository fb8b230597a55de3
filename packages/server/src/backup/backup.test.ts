import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Failure } from '@earshot/protocol/failures.ts';
import { lastBackup, rememberBackup } from './remembered.node.ts';
import { openDataSource } from './source.node.ts';
import { startWorld } from '../testing/world.ts';

test('[BAK9] of one folder one backup is made at a time, and its copy of the database goes with it', async (t) => {
  await assert.rejects(openDataSource(tmpdir()), (error) => error instanceof Failure && error.code === 'file.unreadable');
  const { dataDir } = await startWorld(t);
  {
    await using source = await openDataSource(dataDir);
    const files = await source.files();
    assert.ok(files.some(({ path, bytes }) => path === 'earshot.db' && bytes > 0));
    assert.equal(await source.read('blobs/gone.seg', 0, 10), null);
    await assert.rejects(openDataSource(dataDir), (error) => error instanceof Failure && error.code === 'backup.running');
  }
  await using again = await openDataSource(dataDir);
  assert.ok((await again.read('earshot.db', 0, 15))?.length === 15);
});

test('[BAK10] the data folder knows when it was last backed up, and a torn note is as none', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'earshot-remembered-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  assert.equal(await lastBackup(dataDir), null);
  await rememberBackup(dataDir, 1_700_000_000_000);
  assert.equal(await lastBackup(dataDir), 1_700_000_000_000);
});
