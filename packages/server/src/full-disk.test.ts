import assert from 'node:assert/strict';
import fs from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { silentLog } from '@earshot/base/log.ts';
import { MemoryBlobs } from './blobs/memory.ts';
import { startServer } from './server.ts';
import { Household } from './testing/household.ts';
import { newId, noise, startWorld } from './testing/world.ts';
import { Uploads } from './uploads/uploads.ts';

test('[SRV3] a disk too full for bytes: the code says so, what was there stays, and the sender goes on where it stood', async (t) => {
  const world = await startWorld(t);
  const alice = await world.join('alice');
  const log = await alice.direct(alice.person);
  const bytes = noise(50_000);
  const before = await alice.upload(noise(1_000));
  const id = newId();
  const metadata = `id ${Buffer.from(id).toString('base64')}`;
  await alice.tus('POST', '/v1/uploads', { 'upload-length': '50000', 'upload-metadata': metadata }, bytes.subarray(0, 20_000));

  const real = fs.writevSync;
  Object.assign(fs, { writevSync: () => { throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }); } });
  syncBuiltinESMExports();
  try {
    const refused = await alice.tus('PATCH', `/v1/uploads/${id}`, { 'upload-offset': '20000' }, bytes.subarray(20_000));
    assert.deepEqual([refused.status, refused.json.error.code], [507, 'server.storage']);
    assert.equal((await alice.tus('HEAD', `/v1/uploads/${id}`, {})).headers.get('upload-offset'), '20000');
    // What needs no bytes goes on.
    assert.equal((await alice.post(alice.envelope(log, { blobs: [before] }))).status, 200);
  } finally {
    Object.assign(fs, { writevSync: real });
    syncBuiltinESMExports();
  }
  assert.equal((await alice.tus('PATCH', `/v1/uploads/${id}`, { 'upload-offset': '20000' }, bytes.subarray(20_000))).status, 204);
});

test('[SRV3] a disk too full for the database: the code says so, nothing is half done, and a repetition succeeds', async (t) => {
  // The server's own connection, so that SQLite itself can be told that there is no more room.
  const exec = t.mock.method(DatabaseSync.prototype, 'exec');
  const world = await startWorld(t);
  const database = exec.mock.calls.map((one) => one.this).find((one) => one instanceof DatabaseSync && one.location()?.endsWith('earshot.db'));
  assert.ok(database instanceof DatabaseSync);
  const alice = await world.join('alice');
  const log = await alice.direct(alice.person);
  const blob = await alice.upload(noise(1_000));
  const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count']);
  database.exec(`PRAGMA max_page_count = ${pages}`);
  const envelopes = Array.from({ length: 8 }, () => alice.envelope(log));
  const answers = [];
  for (const envelope of envelopes) answers.push(await alice.post(envelope, 'x'.repeat(8_000)));
  const last = alice.envelope(log, { blobs: [blob] });
  const refused = await alice.post(last, 'x'.repeat(8_000));
  assert.deepEqual([refused.status, refused.json.error.code], [507, 'server.storage']);
  assert.equal((await alice.tus('HEAD', `/v1/uploads/${blob.id}`, {})).headers.get('upload-expires') === null, false, 'the blob is still open');
  const kept = answers.filter((answer) => answer.status === 200).map((answer) => answer.json.seq);

  database.exec('PRAGMA max_page_count = 1000000');
  assert.equal((await alice.post(last, 'x'.repeat(8_000))).json.seq, kept.length + 2, 'numbers without gaps');
  assert.equal((await alice.call('HEAD', `/v1/blobs/${blob.id}`)).status, 200);
  const page = (await alice.call('GET', `/v1/logs/${log}/events?after=0`)).json.events;
  assert.deepEqual(page.map((event: { readonly seq: number }) => event.seq), [1, ...kept, kept.length + 2]);
});

test('[SRV3] [START3] a start on a full disk says that there is no room, also where SQLite only says that something failed', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'earshot-full-'));
  t.after(() => rm(dataDir, { recursive: true }));
  // The file of what is in its log cannot be made as long as it has to be.
  const failing = Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 4874 });
  t.mock.method(DatabaseSync.prototype, 'exec', () => { throw failing; });
  const start = () => startServer({ dataDir, host: '127.0.0.1', port: 0, log: silentLog });
  await assert.rejects(start(), { code: 'server.data-unwritable' }, 'there is room, and it is the disk that fails');
  const real = fs.statfsSync;
  // Only the disk of the folder itself, which may be one that is mounted there.
  Object.assign(fs, { statfsSync: (path: string) => ({ bavail: path.startsWith(dataDir) ? 1 : 1e9, bsize: 4096 }) });
  syncBuiltinESMExports();
  try {
    await assert.rejects(start(), { code: 'server.storage' });
  } finally {
    Object.assign(fs, { statfsSync: real });
    syncBuiltinESMExports();
  }
});

/** Takes half of what it is given, and is full. */
class FillingBlobs extends MemoryBlobs {
  override async write(blob: string, offset: number, bytes: Uint8Array): Promise<void> {
    await super.write(blob, offset, bytes.subarray(0, bytes.length / 2));
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  }
}

async function* arriving(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

test('[SRV3] a disk that becomes full within the first bytes of an upload keeps no part of them: no row would ever name it', async () => {
  const household = new Household();
  const alice = await household.join('alice');
  const blobs = new FillingBlobs();
  const uploads = new Uploads({ ...household.ports, blobs });
  const [id, bytes] = [newId(), noise(100)];
  await assert.rejects(uploads.create(alice.person, id, 100, { chunks: arriving(bytes), size: 100, checksum: null }), { code: 'ENOSPC' });
  for await (const listed of blobs.list()) assert.deepEqual(listed, []);
  assert.equal(await household.ports.store.uploads.find(alice.person, id), null);
});
