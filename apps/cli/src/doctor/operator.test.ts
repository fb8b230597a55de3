import assert from 'node:assert/strict';
import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { systemClock } from '@earshot/base/clock.ts';
import { limits } from '@earshot/protocol/limits.ts';
import { openOperator } from '@earshot/server/operator.ts';
import { rememberBackup } from '@earshot/server/backup/remembered.node.ts';
import { MemoryMachine } from '@earshot/server/status/machine.ts';
import { makeCertificate } from '../testing/certificate.ts';
import { doctor, folderFor, joinedProfile, serverFor, type Told } from '../testing/doctor.ts';
import { probeDisk } from './machine/folder.node.ts';

const DAY = 86_400_000;

const look = (folder: string, origin: string, ...args: readonly string[]): Promise<Told> =>
  doctor(folder, ['--server', '--data', join(folder, 'data'), ...args], { env: { EARSHOT_ORIGIN: origin } });

function sql(folder: string, text: string): void {
  const database = new DatabaseSync(join(folder, 'data', 'earshot.db'));
  database.exec(text);
  database.close();
}

test('[CLI20] a server that is well, looked at beside it; and nothing in its folder is changed', async (t) => {
  const folder = await folderFor(t);
  const data = join(folder, 'data');
  const server = await serverFor(t, data);
  await joinedProfile(folder, data, server.origin, 'anna');
  chmodSync(data, 0o700);
  const before = readdirSync(data);
  const told = await look(folder, server.origin);
  assert.deepEqual({ ...told.answers, 'server-disk': 'enough' }, {
    'data-folder': 'usable', 'server-disk': 'enough', database: 'sound', clock: 'right', 'server-reach': 'answers', 'server-status': 'good', backup: 'none-known', 'push-service': 'on', limits: 'roomy',
  });
  assert.equal(told.exit, 0, told.err);
  assert.deepEqual(readdirSync(data), before);
  for (const [days, answer] of [[1, 'fresh'], [8, 'old']] as const) {
    await rememberBackup(data, Date.now() - days * 86_400_000);
    assert.equal((await look(folder, server.origin)).answers['backup'], answer);
  }
});

test('[CLI20] a folder that is missing, that others may read, and that cannot be written', async (t) => {
  const folder = await folderFor(t);
  const missing = await look(folder, 'http://127.0.0.1:1');
  assert.deepEqual([missing.answers['data-folder'], missing.answers['server-disk'], missing.exit], ['missing', undefined, 66]);
  mkdirSync(join(folder, 'data'));
  chmodSync(join(folder, 'data'), 0o755);
  assert.equal((await look(folder, 'http://127.0.0.1:1')).answers['data-folder'], 'open');
  rmSync(join(folder, 'data'), { recursive: true });
  // Whoever tests as root may write into every folder, and into no file as if it were one.
  writeFileSync(join(folder, 'data'), '');
  const unwritable = await look(folder, 'http://127.0.0.1:1');
  assert.deepEqual([unwritable.answers['data-folder'], unwritable.exit], ['unwritable', 73]);
});

test('[CLI20] a disk without room, one that refuses to be written for want of it, and one with little', async () => {
  const machine = new MemoryMachine();
  assert.equal((await probeDisk(machine)).answer, 'enough');
  machine.free = 1_000_000_000;
  assert.equal((await probeDisk(machine)).answer, 'low');
  machine.free = 1_000_000;
  assert.deepEqual(await probeDisk(machine), { answer: 'full', code: 'server.storage', measured: { freeBytes: 1_000_000 } });
  machine.free = 1e12;
  machine.broken = Object.assign(new Error('quota'), { code: 'EDQUOT' });
  assert.equal((await probeDisk(machine)).answer, 'full');
});

test('[CLI20] a database that is damaged, newer, or gone while the sound is there', async (t) => {
  const folder = await folderFor(t);
  const data = join(folder, 'data');
  const server = await serverFor(t, data);
  await joinedProfile(folder, data, server.origin, 'anna');
  await server.close();
  sql(folder, 'PRAGMA wal_checkpoint(TRUNCATE); PRAGMA user_version = 9999');
  const newer = await look(folder, server.origin);
  assert.deepEqual([newer.answers['database'], newer.exit], ['newer', 78]);

  const path = join(data, 'earshot.db');
  const file = openSync(path, 'r+');
  for (let page = 4096; page < statSync(path).size; page += 4096) writeSync(file, Buffer.alloc(512, 0xff), 0, 512, page);
  closeSync(file);
  sql(folder, 'PRAGMA user_version = 0');
  const damaged = await look(folder, server.origin);
  assert.deepEqual([damaged.answers['database'], damaged.exit], ['damaged', 78]);

  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
  writeFileSync(join(data, 'blobs', '000001.seg'), 'sound');
  const gone = await look(folder, server.origin);
  assert.deepEqual([gone.answers['database'], gone.answers['server-reach']], ['missing', 'down']);
});

test('[CLI20] a clock that was set back, push that is off or fails, and an account that is full', async (t) => {
  const folder = await folderFor(t);
  const data = join(folder, 'data');
  const server = await serverFor(t, data);
  await joinedProfile(folder, data, server.origin, 'anna');
  const early = await doctor(folder, ['--server', '--data', data], { clock: { ...systemClock, now: () => Date.now() - DAY }, env: { EARSHOT_ORIGIN: server.origin } });
  assert.deepEqual([early.answers['clock'], early.exit], ['behind', 78]);

  assert.equal((await doctor(folder, ['--server', '--data', data], { env: { EARSHOT_PUSH: 'off', EARSHOT_ORIGIN: server.origin } })).answers['push-service'], 'off');
  sql(folder, `INSERT INTO incident (id, cause, began) VALUES ('one', 'push.failed', 1); UPDATE person SET used = ${limits.quotaBytes * 0.9}`);
  const near = await look(folder, server.origin);
  assert.deepEqual([near.answers['push-service'], near.answers['limits']], ['failing', 'near']);
  sql(folder, `UPDATE person SET used = ${limits.quotaBytes}`);
  assert.equal((await look(folder, server.origin)).answers['limits'], 'reached');
});

test('[CLI20] a certificate in a file or at the address: run out, for another name, signed by nobody; no server behind the address', async (t) => {
  const folder = await folderFor(t);
  mkdirSync(join(folder, 'data'), { mode: 0o700 });
  const own = makeCertificate(folder, 30);
  const at = async (origin: string, time: number, ...args: readonly string[]) =>
    (await doctor(folder, ['--server', '--data', join(folder, 'data'), ...args], { clock: { ...systemClock, now: () => Date.now() + time }, env: { EARSHOT_ORIGIN: origin } }));
  const file = ['--certificate', own.file];
  assert.equal((await at('https://localhost:1', 0, ...file)).answers['certificate'], 'good');
  assert.equal((await at('https://localhost:1', 40 * DAY, ...file)).answers['certificate'], 'expired');
  assert.equal((await at('https://voice.example.org', 0, ...file)).answers['certificate'], 'wrong-name');
  writeFileSync(own.file, 'no certificate');
  assert.equal((await at('https://localhost:1', 0, ...file)).exit, 66);

  const proxy = createServer({ key: own.key, cert: own.cert }, (_, answer) => void answer.writeHead(502).end());
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  t.after(() => proxy.close());
  const address = proxy.address();
  assert.ok(address !== null && typeof address === 'object');
  const shown = await at(`https://localhost:${address.port}`, 0);
  assert.equal(shown.answers['certificate'], 'self-signed');
});

test('[CLI20] what the operator announced is a hint; a part that is down is in the way', async (t) => {
  const folder = await folderFor(t);
  const server = await serverFor(t, join(folder, 'data'));
  await using operator = openOperator(join(folder, 'data'));
  await operator.announce('Moving tonight.');
  const announced = await look(folder, server.origin);
  assert.deepEqual([announced.answers['server-status'], announced.exit], ['trouble', 0]);
  sql(folder, "UPDATE incident SET cause = 'server.outage'");
  // An answer serves everybody for a second.
  await new Promise((resolve) => setTimeout(resolve, 1_050));
  const down = await look(folder, server.origin);
  assert.deepEqual([down.answers['server-status'], down.exit], ['incident', 69]);
});
