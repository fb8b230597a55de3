import assert from 'node:assert/strict';
import fs, { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { systemClock } from '@earshot/base/clock.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { folderFailure } from './folder-failure.node.ts';
import { lastBackup, rememberBackup, rememberFailedBackup, wasBackedUpTo } from './remembered.node.ts';
import { openDataSource } from './source.node.ts';
import { Caller, noise, startWorld } from '../testing/world.ts';

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

test('[BAK4] the settings in a backup are of the same moment as its database', async (t) => {
  const { dataDir } = await startWorld(t);
  const path = join(dataDir, 'origin.txt');
  writeFileSync(path, 'https://voice.example.org');
  await using source = await openDataSource(dataDir);
  writeFileSync(path, 'https://other.example.org');
  const text = async (): Promise<string> => new TextDecoder().decode((await source.read('origin.txt', 0, 100)) ?? undefined);
  assert.equal(await text(), 'https://voice.example.org');
  rmSync(path);
  assert.equal(await text(), 'https://voice.example.org');
  assert.deepEqual((await source.files()).map((file) => file.path).filter((name) => !name.startsWith('blobs/')), ['earshot.db', 'origin.txt']);
});

test('[BAK9] why a folder cannot be backed up is said by its code, and nothing of it stays there', async (t) => {
  const { dataDir, server } = await startWorld(t);
  await server.close();
  const refused = async (code: string): Promise<Failure> => {
    const error: unknown = await openDataSource(dataDir).then(() => assert.fail('it was opened'), (reason: unknown) => reason);
    assert.ok(error instanceof Failure && error.code === code, String(error));
    assert.ok(!existsSync(join(dataDir, 'backup.staging')));
    return error;
  };
  // One that this user may not open is held by nobody.
  const lock = join(dataDir, 'backup.lock');
  rmSync(lock, { force: true });
  mkdirSync(lock);
  assert.equal((await refused('server.data-unwritable')).evidence['path'], lock);
  rmSync(lock, { recursive: true });
  const real = fs.copyFileSync;
  writeFileSync(join(dataDir, 'origin.txt'), 'https://voice.example.org');
  Object.assign(fs, { copyFileSync: () => { throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }); } });
  syncBuiltinESMExports();
  try {
    await refused('server.storage');
  } finally {
    Object.assign(fs, { copyFileSync: real });
    syncBuiltinESMExports();
  }
  using full = new DatabaseSync(':memory:');
  full.exec('PRAGMA max_page_count = 1');
  const noRoom: unknown = (() => { try { return full.exec('CREATE TABLE x (a)'); } catch (error) { return error; } })();
  const { code } = folderFailure(noRoom, dataDir) as Failure;
  assert.equal(code, 'server.storage');
  {
    await using again = await openDataSource(dataDir);
    assert.equal((await again.files()).length, 2);
  }
  writeFileSync(join(dataDir, 'earshot.db'), 'no database'.repeat(500));
  await refused('server.data-damaged');
});

test('[BAK9] the copy that a killed backup left goes with the next start; one being made beside it goes on', async (t) => {
  const { dataDir, server } = await startWorld(t);
  await server.close();
  const staging = join(dataDir, 'backup.staging');
  mkdirSync(staging);
  writeFileSync(join(staging, 'earshot.db'), 'left behind');
  const again = await startWorld(t, { dataDir });
  assert.equal(existsSync(staging), false);
  await again.server.close();
  await using source = await openDataSource(dataDir);
  await startWorld(t, { dataDir });
  assert.equal((await source.read('earshot.db', 0, 15))?.length, 15);
});

test('[BAK10] the data folder knows when it was last backed up, and a torn note is as none', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'earshot-remembered-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const nothing = { verified: null, failed: null };
  assert.deepEqual(await lastBackup(dataDir), nothing);
  await rememberBackup(dataDir, 1_700_000_000_000);
  assert.deepEqual(await lastBackup(dataDir), { verified: 1_700_000_000_000, failed: null });
  const failed = { at: 1_700_000_100_000, code: 'backup.target' } as const;
  await rememberFailedBackup(dataDir, failed);
  assert.deepEqual(await lastBackup(dataDir), { verified: 1_700_000_000_000, failed });
  await rememberBackup(dataDir, 1_700_000_200_000);
  assert.deepEqual(await lastBackup(dataDir), { verified: 1_700_000_200_000, failed: null });
  await rememberBackup(dataDir, 1_700_000_300_000, '/mnt/one');
  await rememberBackup(dataDir, 1_700_000_400_000, 's3://two');
  await rememberFailedBackup(dataDir, failed);
  assert.deepEqual(await Promise.all(['/mnt/one', 's3://two', '/mnt'].map((place) => wasBackedUpTo(dataDir, place))), [true, true, false]);
  writeFileSync(join(dataDir, 'backup.json'), '{"veri');
  assert.deepEqual(await lastBackup(dataDir), nothing);
});

const DAY = 86_400_000;

/** A folder with what a backup of this one holds now. */
async function copyOf(t: TestContext, dataDir: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-restored-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  await using source = await openDataSource(dataDir);
  for (const { path, bytes } of await source.files()) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), (await source.read(path, 0, bytes)) ?? '');
  }
  return folder;
}

test('[RET12] a server brought back from a backup goes on counting: what had ended is a notice, clocks run on, what rests can be restored in its time', async (t) => {
  let ahead = 0;
  const clock = { now: () => Date.now() + ahead, sleep: systemClock.sleep };
  const world = await startWorld(t, { clock });
  const [ada, bo] = [await world.join('ada'), await world.join('bo')];
  const log = await ada.group([bo.person]);
  const say = async (expiry: 'never' | { heard: number }) => {
    const blob = await ada.upload(noise(100));
    const envelope = ada.envelope(log, { blobs: [blob], expiry });
    return { id: envelope.id, blob: blob.id, seq: (await ada.post(envelope)).json.seq };
  };
  type Said = Awaited<ReturnType<typeof say>>;
  const about = async (who: Caller, kind: 'heard' | 'remove' | 'restore', { id }: Said) => await who.post(who.envelope(log, { class: kind, refers: [id] }));
  const [ended, running, unheard, back, over] = [await say({ heard: 120 }), await say({ heard: 86_400 }), await say({ heard: 0 }), await say('never'), await say('never')];
  for (const one of [ended, running]) await about(bo, 'heard', one);
  for (const one of [back, over]) await about(ada, 'remove', one);
  ahead += 300_000;
  const folder = await copyOf(t, world.dataDir);
  await world.server.close();

  const at = async () => {
    const restored = await startWorld(t, { clock, dataDir: folder });
    const [adaThere, boThere] = [ada, bo].map((one) => new Caller(restored.base, one.person, one.device, one.token, one.chain, one.rooms));
    assert.ok(adaThere && boThere);
    return { restored, adaThere, boThere };
  };
  let { restored, adaThere, boThere } = await at();
  const rules = async (...messages: Said[]) => await Promise.all(messages.map(async ({ seq, blob }) => {
    const [event, sound] = await Promise.all([boThere.call('GET', `/v1/logs/${log}/events?after=${seq - 1}&limit=1`), boThere.call('GET', `/v1/blobs/${blob}`)]);
    const rule = event.json.events[0]?.removed?.rule ?? 'here';
    assert.equal(sound.status === 200, rule === 'here', rule);
    return rule;
  }));
  assert.deepEqual(await rules(ended, running, unheard, back, over), ['expired', 'here', 'here', 'removed', 'removed']);
  ahead += DAY;
  assert.deepEqual(await rules(running, unheard), ['expired', 'here']);
  assert.equal((await about(adaThere, 'restore', back)).status, 200);
  assert.deepEqual(await rules(back), ['here']);
  assert.equal((await adaThere.call('GET', `/v1/blobs/${over.blob}`)).status, 200, 'it rests');
  await restored.server.close();
  ahead += 30 * DAY;
  // It is cleared up at the start.
  ({ restored, adaThere, boThere } = await at());
  while ((await adaThere.call('GET', `/v1/blobs/${over.blob}`)).status === 200) await clock.sleep(20);
  assert.equal((await about(adaThere, 'restore', over)).code, 'message.rested');
  assert.deepEqual(await rules(unheard, back, over), ['here', 'here', 'removed']);
});
