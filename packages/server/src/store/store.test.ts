import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { silentLog } from '@earshot/base/log.ts';
import { openDataSource } from '../backup/source.node.ts';
import { checkData } from '../check/check.node.ts';
import { repairData } from '../check/repair.node.ts';
import { readSigns } from '../check/signs.node.ts';
import { openOperator } from '../operator.ts';
import { startServer } from '../server.ts';
import { hashOf, noise, World } from '../testing/world.ts';
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

test('[PEOPLE8] [LINK4] what an earlier version left for sessions that had ended lets nobody in', async (t) => {
  const dataDir = join(folder, 'earlier');
  const path = join(dataDir, 'earshot.db');
  const first = new World(await start(dataDir), dataDir);
  const [ada, ben, secret] = [await first.join('ada'), await first.join('ben'), hashOf('secret')];
  for (const { person, device } of [ada, ben]) {
    const store = openSqliteStore(path);
    await store.invitations.add({ secretSha256: hashOf(person), by: person, device, created: 0, expires: 1e15, forHandle: person === ada.person ? 'ada' : 'ben' }, 5);
    await store.links.open({ id: device, person, device, tokenSha256: hashOf(device), expires: 1e15 }, 5, 0);
    await store.close();
  }
  await first.server.close();
  const database = new DatabaseSync(path);
  database.exec('DROP TRIGGER link_ended; DROP TRIGGER invitation_ended; ALTER TABLE device DROP COLUMN revoked; ALTER TABLE device DROP COLUMN spared; PRAGMA user_version = 8');
  database.prepare('UPDATE device SET ended = 1 WHERE id = ?').run(ben.device);
  database.prepare('INSERT INTO invitation (secret, invited_by, created, expires) VALUES (?, ?, 0, 1)').run(secret, ben.person);
  database.close();
  const store = openSqliteStore(path);
  t.after(() => store.close());
  const kept = async (person: string): Promise<unknown[]> => [(await store.invitations.list(person)).map(({ secretSha256 }) => secretSha256), (await store.links.of(person, 0)).map(({ id }) => id)];
  assert.deepEqual([await kept(ada.person), await kept(ben.person)], [[[], [ada.device]], [[secret], []]]);
  assert.equal(await store.devices.revoked(ben.person, ben.device), false, 'nobody knows that he wanted it');
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

test('[START8] the database is its owner\'s alone, also in a folder that others may look into, and shut where it was open', async (t) => {
  const dataDir = join(folder, 'open');
  mkdirSync(dataDir, { mode: 0o755 });
  const others = (): string[] => readdirSync(dataDir).filter((name) => name.startsWith('earshot.db') && (statSync(join(dataDir, name)).mode & 0o077) !== 0);
  const before = process.umask(0o022);
  t.after(() => process.umask(before));
  {
    await using _ = await start(dataDir);
    assert.deepEqual([existsSync(join(dataDir, 'earshot.db-wal')), others()], [true, []]);
  }
  chmodSync(join(dataDir, 'earshot.db'), 0o644);
  await using _ = await start(dataDir);
  assert.deepEqual(others(), []);
});

test('[START7] root makes nothing in a folder whose database belongs to another user', async () => {
  // Nobody else gives files away.
  if (process.getuid?.() !== 0) return;
  const dataDir = join(folder, 'foreign');
  await (await start(dataDir)).close();
  chownSync(join(dataDir, 'earshot.db'), 4711, 4711);
  const before = readdirSync(dataDir);
  const refused = { code: 'server.data-foreign', evidence: { path: dataDir, owner: 4711 } };
  await assert.rejects(start(dataDir), refused);
  await assert.rejects(openDataSource(dataDir), refused);
  await assert.rejects(repairData(dataDir), refused);
  assert.deepEqual(readdirSync(dataDir), before);
  // Who only commands writes to the database alone.
  await using operator = openOperator(dataDir);
  assert.equal(await operator.hasPeople(), false);
});

test('[START7] root begins no server in a folder of another user, as one that was made for it and is empty yet', async () => {
  if (process.getuid?.() !== 0) return;
  const dataDir = join(folder, 'foreign-empty');
  mkdirSync(dataDir, { mode: 0o700 });
  chownSync(dataDir, 4711, 4711);
  await assert.rejects(start(dataDir), { code: 'server.data-foreign', evidence: { path: dataDir, owner: 4711 } });
  assert.deepEqual(readdirSync(dataDir), []);
});

test('[START4] a port that is taken is named', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve));
  const address = other.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await assert.rejects(start(join(folder, 'port'), port), { code: 'server.port-taken', evidence: { port } });
  other.close();
});

test('[START4] a host that this machine has not is named', async () => {
  // Addresses and names that are given to nobody.
  for (const host of ['192.0.2.7', 'nobody.invalid']) {
    const refused = startServer({ dataDir: join(folder, 'host'), host, port: 0, log: silentLog });
    await assert.rejects(refused, { code: 'config.invalid', evidence: { key: 'host', seen: host, must: 'be an address or name of this machine' } });
  }
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

test('[START6] [CHECK4] beside sound whose database is away, or knows nobody, none is begun: not by a start, not by the operator', async () => {
  const dataDir = join(folder, 'away');
  const first = await start(dataDir);
  const ada = await new World(first, dataDir).join('ada');
  const log = await ada.direct(ada.person);
  await ada.post(ada.envelope(log, { blobs: [await ada.upload(noise(9_000))] }));
  await first.close();
  const path = join(dataDir, 'earshot.db');
  const sound = join(dataDir, 'blobs', '000001.seg');
  // One more behind it: a last segment would not be given back in any case.
  writeFileSync(join(dataDir, 'blobs', '000002.seg'), '');
  const [database, bytes] = [readFileSync(path), readFileSync(sound)];
  const another = join(folder, 'another');
  await (await start(another)).close();
  const places: readonly (() => void)[] = [() => rmSync(path), () => writeFileSync(path, ''), () => copyFileSync(join(another, 'earshot.db'), path)];
  for (const away of places) {
    away();
    const left = existsSync(path) ? readFileSync(path) : null;
    await assert.rejects(start(dataDir), { code: 'server.data-damaged', evidence: { reason: 'database.missing', path: dataDir } });
    assert.throws(() => openOperator(dataDir), { code: 'server.data-damaged', evidence: { reason: 'database.missing', path: dataDir } });
    assert.deepEqual(checkData(dataDir).findings.map(({ code }) => code), ['database.missing']);
    assert.equal(readSigns(dataDir)?.database, 'missing');
    assert.deepEqual([existsSync(path) ? readFileSync(path) : null, readFileSync(sound)], [left, bytes]);
  }
  writeFileSync(path, database);
  await (await start(dataDir)).close();
  assert.deepEqual([checkData(dataDir).findings, checkData(dataDir).bytes], [[], 9_000]);
});

test('[START6] where no server was ever started an operator\'s command makes none, and no folder', () => {
  const dataDir = join(folder, 'nowhere');
  const path = join(dataDir, 'earshot.db');
  for (const make of [() => undefined, () => mkdirSync(dataDir)]) {
    make();
    const before = existsSync(dataDir);
    assert.throws(() => openOperator(dataDir), { code: 'file.unreadable', evidence: { path } });
    assert.deepEqual([existsSync(dataDir), existsSync(path)], [before, false]);
  }
});

test('[START6] a first start that was cut off keeps no later one from starting', async () => {
  const dataDir = join(folder, 'cut');
  mkdirSync(dataDir, { mode: 0o700 });
  const path = join(dataDir, 'earshot.db');
  for (const pragma of ['', 'PRAGMA journal_mode = WAL']) {
    rmSync(path, { force: true });
    writeFileSync(path, '');
    const database = new DatabaseSync(path);
    database.exec(pragma);
    database.close();
    assert.deepEqual([checkData(dataDir).findings, readSigns(dataDir)?.database], [[], 'none']);
    assert.throws(() => openOperator(dataDir), { code: 'file.unreadable' });
    await (await start(dataDir)).close();
  }
});
