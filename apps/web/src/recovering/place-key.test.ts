import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeBackupKey } from '@earshot/backup/key.ts';
import { Repository } from '@earshot/backup/repository.ts';
import { MemorySource } from '@earshot/backup/source.ts';
import { MemoryVault, type Vault } from '@earshot/backup/vault.ts';
import { systemClock } from '@earshot/base/clock.ts';
import { utf8 } from '@earshot/base/encoding.ts';
import { makeId } from '@earshot/base/ids.ts';
import { seededRandom } from '@earshot/base/random.ts';
import type { KnownBackup, RecoveryFace } from '@earshot/client/earshot-recovery.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { backUpHere } from './backing-up.ts';
import { keyTyped, placeKey } from './place-key.ts';

const random = seededRandom(19);
const [ada, ben] = [makeId(random), makeId(random)];

/** A folder on a disk that can be full: then only what is small still fits. Its vault is no memory that becomes one file. */
class Disk {
  readonly inner = new MemoryVault();
  full = false;
  readonly vault: Vault = {
    put: async (name, bytes) => {
      if (this.full && name.startsWith('chunks/')) throw new Failure('backup.target', { target: 'disk', reason: 'QuotaExceededError' });
      await this.inner.put(name, bytes);
    },
    get: (name) => this.inner.get(name),
    list: (folder) => this.inner.list(folder),
    drop: (name) => this.inner.drop(name),
  };
}

/** What a device knows of its backups, and what ada can read there. */
function device(): { readonly known: Map<string, KnownBackup>; readonly ports: Parameters<typeof backUpHere>[0] } {
  const known = new Map<string, KnownBackup>();
  const copy = Object.assign(new MemorySource(), { person: ada, damaged: new Set(), missing: 0 });
  copy.contents.set('person.json', utf8(`${JSON.stringify({ format: 'earshot-person', version: 1, person: ada, handle: 'ada', name: 'Ada' })}\n`));
  const recovery = { gather: async () => undefined, copy: async () => copy, backups: async () => [...known.values()], remember: async (_: string, backup: KnownBackup) => void known.set(backup.place, backup) } as unknown as RecoveryFace;
  return { known, ports: { recovery, clock: systemClock, random, person: ada } };
}

const quiet = (): undefined => undefined;

test('[OWN19] a first backup that is cut off is known by its key before anything lies there, and goes on with it; nothing says that it was made', async () => {
  const { known, ports } = device();
  const disk = new Disk();
  const place = { name: 'disk', vault: disk.vault };
  const first = await placeKey(place, []);
  assert.ok(first.at === 'new');
  const none = { ...place, vault: { ...disk.vault, put: () => Promise.reject(new Failure('backup.target')) } };
  await assert.rejects(backUpHere(ports, none, first.key, quiet), { code: 'backup.target' });
  assert.deepEqual([...known.values()], [{ place: 'disk', verified: null, key: first.key.secret }]);
  disk.full = true;
  await assert.rejects(backUpHere(ports, place, first.key, quiet), { code: 'backup.target' });
  assert.deepEqual([[...known.values()], [...disk.inner.held.keys()]], [[{ place: 'disk', verified: null, key: first.key.secret }], ['earshot-backup.json']]);
  disk.full = false;
  const next = await placeKey(place, [...known.values()]);
  assert.deepEqual(next, { at: 'here', key: first.key });
  await backUpHere(ports, place, first.key, quiet);
  const verified = known.get('disk')?.verified ?? null;
  assert.ok(verified !== null);
  // What was made there stays known while a later one fails; another place takes the same key, as long as nothing is there.
  disk.full = true;
  disk.inner.held.clear();
  await assert.rejects(backUpHere(ports, place, first.key, quiet), { code: 'backup.target' });
  assert.equal(known.get('disk')?.verified, verified);
  assert.deepEqual(await placeKey({ name: 'another', vault: new MemoryVault() }, [...known.values()]), { at: 'here', key: first.key });
});

test('[OWN19] one file that is not finished leaves its key known as well', async () => {
  const { known, ports } = device();
  const key = await makeBackupKey();
  const recovery = { ...ports.recovery, gather: () => Promise.reject(new Failure('network.offline')) };
  await assert.rejects(backUpHere({ ...ports, recovery }, { name: 'ada.tar', vault: new MemoryVault() }, key, quiet), { code: 'network.offline' });
  assert.deepEqual([...known.values()], [{ place: 'ada.tar', verified: null, key: key.secret }]);
  assert.deepEqual(await placeKey({ name: 'ada.tar', vault: new MemoryVault() }, [...known.values()]), { at: 'here', key });
});

test('[OWN19] where no key on this device opens what is in a folder, theirs is asked for; it is taken when it fits and they are her own', async () => {
  const before = device();
  const place = { name: 'disk', vault: new Disk().vault };
  const [key, elsewhere] = [await makeBackupKey(), await makeBackupKey()];
  await backUpHere(before.ports, place, key, quiet);
  const after = device();
  for (const known of [[], [{ place: 'disk', verified: 1, key: elsewhere.secret }]]) {
    const found = await placeKey(place, known);
    assert.ok(found.at === 'hers');
    for (const typed of ['', 'what?', elsewhere.secret]) assert.equal(await keyTyped(found.repository, typed, ada), 'other');
    assert.equal(await keyTyped(found.repository, key.secret, ben), 'foreign');
    assert.deepEqual(await keyTyped(found.repository, ` ${key.secret.toLowerCase()} `, ada), key);
  }
  await backUpHere(after.ports, place, key, quiet);
  assert.deepEqual([after.known.get('disk')?.key, after.known.get('disk')?.verified === null], [key.secret, false]);
  // Of several keys the one that fits is found.
  const both = [{ place: 'another', verified: 1, key: elsewhere.secret }, ...after.known.values()];
  assert.deepEqual(await placeKey(place, both), { at: 'here', key });
});

test('[OWN19] the backups of a server are nobody’s own; where none was finished yet, or what says whose they are is broken, the key is enough', async () => {
  const { ports, known } = device();
  const disk = new Disk();
  const key = await makeBackupKey();
  const repository = await Repository.create(disk.vault, { recipient: key.recipient, salt: random.bytes(32), made: 0 });
  assert.deepEqual(await keyTyped(repository, key.secret, ben), key);
  await repository.keep('2026-01-01T00-00-00.000Z-0000', { version: 1, made: 1, verified: 1, files: [] });
  assert.equal(await keyTyped(repository, key.secret, ada), 'foreign');
  await backUpHere(ports, { name: 'disk', vault: disk.vault }, key, quiet);
  assert.ok(known.get('disk')?.verified);
  assert.equal(await keyTyped(repository, key.secret, ben), 'foreign');
  for (const [name, bytes] of disk.inner.held) if (name.startsWith('chunks/')) bytes.fill(0);
  assert.deepEqual(await keyTyped(repository, key.secret, ben), key);
});

test('[ACC1] a backup for somebody who has gone meanwhile copies nothing of whoever is there instead', async () => {
  const { known, ports } = device();
  const disk = new Disk();
  await assert.rejects(backUpHere({ ...ports, person: ben }, { name: 'disk', vault: disk.vault }, await makeBackupKey(), quiet), { code: 'session.missing' });
  assert.deepEqual([[...known.values()].map(({ verified }) => verified), [...disk.inner.held.keys()]], [[null], ['earshot-backup.json']]);
});
