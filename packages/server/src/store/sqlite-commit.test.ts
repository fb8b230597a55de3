import assert from 'node:assert/strict';
import fs, { mkdtempSync, rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { GroupCommit } from './sqlite-commit.node.ts';
import { openSqliteStore } from './sqlite.node.ts';

/** Commits whose fsyncs end when the test says so. */
function held() {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE line (text TEXT) STRICT');
  const syncs: ((error: Error | null) => void)[] = [];
  const commit = new GroupCommit(database, (_, done) => void syncs.push(done));
  const told: string[] = [];
  const tell = (what: string) => (): void => void told.push(what);
  const write = (text: string): Promise<void> => commit.write(() => void database.prepare('INSERT INTO line VALUES (?)').run(text));
  return { commit, syncs, told, tell, write };
}
/** More turns of the event loop than a group waits for company. */
async function turns(): Promise<void> {
  for (let count = 0; count < 30; count += 1) await new Promise((resolve) => void setImmediate(resolve));
}

test('[STORE7] a write is acknowledged after its fsync, and what was read meanwhile as well', async () => {
  const { commit, syncs, told, tell, write } = held();
  const first = write('1').then(tell('first'));
  await turns();
  const read = commit.durably('seen').then(tell('read'));
  const second = write('2').then(tell('second'));
  await turns();
  assert.deepEqual([told, syncs.length], [[], 1]);
  syncs[0]?.(null);
  await Promise.all([first, read]);
  await turns();
  assert.deepEqual([told, syncs.length], [['first', 'read'], 2], 'the second was committed after the first fsync began');
  syncs[1]?.(null);
  await second;
  assert.equal(await commit.durably('nothing to wait for'), 'nothing to wait for');
});

test('[STORE7] after an fsync that failed nothing is acknowledged any more', async () => {
  const { commit, syncs, write } = held();
  const first = write('1');
  await turns();
  const second = write('2');
  await turns();
  const refused = [first, second, commit.durably('read')].map((one) => assert.rejects(one, /broken disk/));
  syncs[0]?.(new Error('broken disk'));
  await Promise.all(refused);
  await assert.rejects(write('3'), /broken disk/);
  await assert.rejects(commit.durably('read'), /broken disk/);
});

test('[STORE7] what waited for its commit while an fsync failed is not acknowledged by a later one that succeeds', async () => {
  for (const closing of [false, true]) {
    const { commit, syncs, write } = held();
    const first = write('1');
    await turns();
    const second = write('2');
    const refused = [first, second].map((one) => assert.rejects(one, /broken disk/));
    syncs[0]?.(new Error('broken disk'));
    const closed = closing ? commit.close() : turns();
    await turns();
    syncs[1]?.(null);
    await Promise.all([...refused, closed]);
    assert.equal(syncs.length, 1);
  }
});

test('[STORE7] the store waits for the fsync of its log', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-commit-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const store = openSqliteStore(join(folder, 'earshot.db'));
  const real = fs.fdatasync;
  const synced: number[] = [];
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  Object.assign(fs, { fdatasync: (file: number, done: (error: Error | null) => void) => {
    synced.push(fs.fstatSync(file).ino);
    void released.then(() => real(file, done));
  } });
  syncBuiltinESMExports();
  t.after(() => {
    Object.assign(fs, { fdatasync: real });
    syncBuiltinESMExports();
  });
  let acknowledged = false;
  const counting = Promise.all(['x', 'y'].map((key) => store.tries.count([{ key, allowed: 1 }], 1, 1_000))).then(() => (acknowledged = true));
  await turns();
  assert.deepEqual([acknowledged, synced], [false, [fs.statSync(join(folder, 'earshot.db-wal')).ino]]);
  release();
  await counting;
  await store.close();
});
