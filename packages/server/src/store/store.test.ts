import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { silentLog } from '@earshot/base/log.ts';
import { openOperator } from '../operator.ts';
import { startServer } from '../server.ts';
import { openSqliteStore } from './sqlite.node.ts';
import { storeContract } from './store.contract.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'earshot-store-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;

storeContract('memory', () => Promise.resolve(openSqliteStore(':memory:')));
storeContract('sqlite', () => Promise.resolve(openSqliteStore(join(folder, `${(count += 1)}.db`))));

const start = (dataDir: string, port = 0) => startServer({ dataDir, host: '127.0.0.1', port, log: silentLog });

test('[START1] data of a newer version is left alone', async () => {
  const dataDir = join(folder, 'newer');
  await (await start(dataDir)).close();
  const database = new DatabaseSync(join(dataDir, 'earshot.db'));
  database.exec('PRAGMA user_version = 99');
  database.close();
  await assert.rejects(start(dataDir), { code: 'server.data-newer' });
});

test('[START2] a database that is none is named, and kept', async () => {
  const dataDir = join(folder, 'damaged');
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'earshot.db'), 'these bytes are something else entirely'.repeat(100));
  await assert.rejects(start(dataDir), { code: 'server.data-damaged' });
});

test('[START3] a folder that cannot be made or written is named', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  await assert.rejects(start(join(file, 'below')), { code: 'server.data-unwritable' });
  const locked = join(folder, 'locked');
  mkdirSync(locked);
  chmodSync(locked, 0o500);
  // Nothing stops root; for everybody else this is the common case.
  if (process.getuid?.() === 0) return;
  await assert.rejects(start(locked), { code: 'server.data-unwritable' });
});

test('[START4] a port that is taken is named', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve));
  const address = other.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await assert.rejects(start(join(folder, 'port'), port), { code: 'server.port-taken', evidence: { port } });
  other.close();
});

test('[START5] a second server on one data folder is refused, and the operator works beside the first', async () => {
  const dataDir = join(folder, 'shared');
  const first = await start(dataDir);
  await assert.rejects(start(dataDir), { code: 'server.data-in-use' });
  await assert.rejects(run(process.execPath, [fileURLToPath(new URL('../testing/victim.ts', import.meta.url)), dataDir]), /server\.data-in-use/);
  await using operator = openOperator(dataDir);
  assert.equal(await operator.hasPeople(), false);
  await first.close();
  await (await start(dataDir)).close();
});
