import assert from 'node:assert/strict';
import fs, { mkdtempSync, rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Envelope } from '@earshot/protocol/envelope.ts';
import { usualRetention } from '@earshot/protocol/retention.ts';
import { GroupCommit } from './sqlite-commit.node.ts';
import { openSqliteStore } from './sqlite.node.ts';
import type { Store } from './store.ts';

const newId = (): string => makeId(systemRandom);

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

/** A store on a disk, whose fsyncs are held from when the test says so until it lets go of them. */
function heldStore(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-commit-'));
  const path = join(folder, 'earshot.db');
  const real = fs.fdatasync;
  const replace = (fdatasync: unknown): void => {
    Object.assign(fs, { fdatasync });
    syncBuiltinESMExports();
  };
  t.after(() => {
    replace(real);
    release();
    rmSync(folder, { recursive: true });
  });
  const synced: number[] = [];
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const hold = (): void => replace((file: number, done: (error: Error | null) => void) => {
    synced.push(fs.fstatSync(file).ino);
    void released.then(() => real(file, done));
  });
  return { store: openSqliteStore(path), path, synced, hold, release };
}
/** Two at once: for one that is alone nobody else has to wait. */
const write = (store: Store): Promise<unknown> => Promise.all(['x', 'y'].map((key) => store.tries.count([{ key, allowed: 1 }], 1, 1_000)));

test('[STORE7] the store waits for the fsync of its log', async (t) => {
  const { store, path, synced, hold, release } = heldStore(t);
  hold();
  let acknowledged = false;
  const counting = write(store).then(() => (acknowledged = true));
  await turns();
  assert.deepEqual([acknowledged, synced], [false, [fs.statSync(`${path}-wal`).ino]]);
  release();
  await counting;
  await store.close();
});

test('[STORE7] whatever is read while an fsync runs is told after it', async (t) => {
  const { store, hold, release } = heldStore(t);
  const [id, other, log, device] = [newId(), newId(), newId(), newId()];
  for (const [at, person] of [id, other].entries()) {
    const secretSha256 = String(at).repeat(64);
    await store.invitations.add({ secretSha256, by: null, device: null, created: 0, expires: 100, forHandle: null }, 10);
    await store.people.join({ secretSha256, person, handle: `p${at}`, name: 'Ada', password: null, device: { id: at === 0 ? device : newId(), name: 'x', tokenSha256: String(at) }, chain: null, anew: false, devicesAllowed: 5, at: 1 });
  }
  const append = (change: Partial<Envelope>) => {
    const envelope: Envelope = { version: 1, id: newId(), log, device, generation: 1, class: 'message', blobs: [], refers: [], expiry: 'never', ...change };
    const grants = envelope.class === 'create' ? [id, other].map((person) => ({ person, account: 0, sealed: 'x' })) : [];
    return store.logs.append({ person: id, envelope, text: JSON.stringify(envelope), body: 'AA', grants, deviceGrants: [], at: 5, membersAllowed: 10, conversationsAllowed: 10, retention: usualRetention });
  };
  const [blob, closed] = [newId(), newId()];
  const upload = (name: string) => store.uploads.create({ id: name, owner: id, length: 3, offset: 3, sum: 'b'.repeat(64), log, at: 5 }, { open: 10, quota: 100 });
  hold();
  const writing = Promise.all([
    write(store), append({ class: 'create', membership: { kind: 'group', add: [other] } }), upload(blob), upload(closed),
    append({ blobs: [{ id: closed, length: 3, sha256: 'b'.repeat(64) }] }),
  ]);
  await turns();
  const me = { person: id, device };
  const { logs, uploads, people, chains, devices, invitations, credentials, keeping, links, prekeys, push, status } = store;
  const reads = {
    page: logs.page(me, log, 0, 10, 1_000, 5), event: logs.event(log, 1, 5), 'keys of an event': logs.keys(me, log, 1), logs: logs.of(id), cursors: logs.cursors(id, log),
    'another’s page': logs.page({ ...me, person: newId() }, log, 0, 10, 1_000, 5), 'no event': logs.event(log, 9, 5), 'another’s cursors': logs.cursors(newId(), log),
    upload: uploads.find(id, blob), 'another’s upload': uploads.find(newId(), blob), growing: uploads.readable(other, blob, 5), closed: uploads.readable(other, closed, 5), unreadable: uploads.readable(newId(), closed, 5), named: uploads.named(id, blob, 5), audience: uploads.audience(blob),
    idlest: uploads.idlest(id, 6), sweep: uploads.sweep(5, 10), unremoved: uploads.unremoved(10), unknown: uploads.unknown([blob]), unwanted: uploads.unwanted([blob]),
    any: people.any(), byId: people.byId(id), byHandle: people.byHandle('p0'), visible: people.visible(id), sees: people.sees(id, [id]), people: people.all(),
    chain: chains.page(id, id, 0, 10), entries: chains.entries(id), former: chains.formerIdentities(id), formerEntries: chains.formerEntries(id, id, 'x'), keys: chains.keys(id, device),
    devices: devices.list(id), ended: devices.ended([device]), invitation: invitations.find('0'.repeat(64)), invitations: invitations.list(id), passkeys: credentials.list(id), passkey: credentials.byId('x'),
    holds: keeping.holds(id, blob, 5), kept: keeping.sweep(5, 0, 10), links: links.of(id, 5), prekeys: prekeys.of(id, log, 10), counts: push.counts(), incidents: status.incidents(), swept: status.sweep(0, 10),
  };
  const told: string[] = [];
  const all = Object.entries(reads).map(async ([name, read]) => {
    await read;
    told.push(name);
  });
  await turns();
  assert.deepEqual(told, []);
  release();
  await Promise.all([writing, ...all]);
  assert.deepEqual([(await reads.page)?.head, (await reads.growing)?.length, (await reads.closed)?.length, (await reads.cursors)?.devices.length], [2, 3, 3, 1], 'they saw what was not durable yet');
  await store.close();
});
