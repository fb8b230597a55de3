import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { backUp, type BackedUp } from '@earshot/backup/back-up.ts';
import { makeBackupKey } from '@earshot/backup/key.ts';
import { chunkName } from '@earshot/backup/manifest.ts';
import { Repository } from '@earshot/backup/repository.ts';
import { SnapshotFiles } from '@earshot/backup/snapshot-files.ts';
import { MemoryVault } from '@earshot/backup/vault.ts';
import { systemClock } from '@earshot/base/clock.ts';
import { systemRandom } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import type { Found, OpenedBackup, PlaceName } from '@earshot/client/earshot-recovery.ts';
import { filesOf } from '@earshot/client/recovery/copy-format.ts';
import { below, keys } from '@earshot/client/stores/keys.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { endBlob } from '@earshot/server/store/sqlite-uploads.node.ts';
import { backupsIn, openBackup } from '../../apps/web/src/recovering/backing-up.ts';
import { loseSound, rowOf } from './ada-and-ben.ts';
import { personId, signInToo, speak, town, type Town, until } from './town.ts';

let place: Town;
let ada: Earshot;
/** Looks for what is missing on his first device. */
let ben: Earshot;
let log: string;
const [adas, bens, bensOther] = [memoryStore(), memoryStore(), memoryStore()];
/** One for every set of the six places below: bit n of its number says whether place n has a copy. */
const said: string[] = [];
const sounds = new Map<string, Uint8Array>();
let backup: SnapshotFiles;

const DEVICE = 1;
const SERVER = 2;
const OTHER_DEVICE = 4;
const BACKUP = 8;
const PEOPLE = 16;
/** The copy of this device rests; where there is none, the message is deleted and its sound is not here. */
const REST = 32;

before(async () => {
  place = await town();
  ada = await place.person('ada', { store: adas });
  ben = await place.person('ben', { store: bens });
  const other = await place.device({ store: bensOther });
  await signInToo(other, ben, 'other');
  await other.start();
  log = await ada.conversations.direct(await personId(ben));
  for (let set = 0; set < 64; set += 1) said.push(await speak(ada, log, { seed: set + 1, count: 5 }));
  await ada.settled();
  for (const device of [ben, other]) await until(device, async () => (await device.messages.list(log, { limit: said.length })).filter(({ here }) => here).length === said.length);
  for (const id of said) sounds.set(id, await ben.messages.audio(id));
  // The backup is made while this device has what it shall hold.
  for (const [set, id] of said.entries()) if ((set & BACKUP) === 0) await loseSound(bens, id);
  const { secret, recipient } = await makeBackupKey();
  const repository = await Repository.create(new MemoryVault(), { recipient, salt: systemRandom.bytes(32), made: 0 });
  backup = new SnapshotFiles(repository, await backUp({ repository, source: await ben.recovery.copy(), clock: systemClock, random: systemRandom }), secret);
  const database = new DatabaseSync(join(place.dir, 'data', 'earshot.db'), { timeout: 5_000 });
  for (const [set, id] of said.entries()) {
    if ((set & DEVICE) !== 0) await ben.messages.audio(id);
    else if ((set & BACKUP) !== 0) await loseSound(bens, id);
    if ((set & OTHER_DEVICE) === 0) await loseSound(bensOther, id);
    if ((set & PEOPLE) === 0) await loseSound(adas, id);
    for (const { id: blob } of (await rowOf(bens, id)).blobs) if ((set & SERVER) === 0) endBlob(database, blob);
    if ((set & REST) !== 0) await ben.messages.removeForMe(id);
  }
  database.close();
});
after(() => place[Symbol.asyncDispose]());

/** Asks everybody, and waits until all have said what they have. */
async function mapOf(message: string): Promise<Map<PlaceName, string>> {
  await ben.recovery.askFor(message);
  await until(ada, async () => (await ada.recovery.asked()).some((asked) => asked.message === message));
  const answered = new Promise<void>((resolve) => {
    const end = ben.on((one) => {
      if (one.type !== 'asked' || one.message !== message || one.person === mine) return;
      end();
      resolve();
    });
  });
  await ada.recovery.answer(message);
  await answered;
  return new Map((await ben.recovery.where(message, [{ place: 'folder', files: backup }])).map(({ place: name, state }) => [name, state]));
}
let mine = '';

test('[WHERE1] for all 64 placements of copies over six places the map is true, and whatever can be recovered is', async () => {
  mine = await personId(ben);
  const at = new Map<PlaceName, number>([['rest', REST | DEVICE], ['device', DEVICE], ['server', SERVER], ['own-devices', OTHER_DEVICE], ['backup', BACKUP]]);
  for (const [set, message] of said.entries()) {
    const map = new Map((await ben.recovery.where(message, [{ place: 'folder', files: backup }])).map((found) => [found.place, found.state]));
    assert.equal(map.get('people'), 'unknown', 'nobody was asked yet');
    for (const [name, bit] of at) if (name !== 'own-devices') assert.equal(map.get(name), (set & bit) === bit ? 'has' : 'has-not', `${String(set)} ${name}`);
    const found = await ben.recovery.fetch(message, [{ place: 'folder', files: backup }]);
    const first = [...at].find(([, bit]) => (set & bit) === bit)?.[0] ?? null;
    assert.equal(found, first, `${String(set)}: the first that has it, in the order of their cost`);
    if (found === null) {
      const asked = await mapOf(message);
      assert.equal(asked.get('own-devices'), 'has-not', 'it said so');
      assert.equal(asked.get('people'), (set & PEOPLE) === 0 ? 'has-not' : 'has', String(set));
      if ((set & PEOPLE) === 0) continue;
      await until(ben, async () => (await ben.messages.get(message))?.here === true);
    }
    assert.deepEqual(await ben.messages.audio(message), sounds.get(message), String(set));
    assert.equal((await ben.messages.get(message))?.resting, null, String(set));
  }
});

test('[WHERE2] what rests in Recently Deleted is found there, with the time until it goes, and brought back from there', async () => {
  const message = said.find((_, set) => (set & PEOPLE) !== 0) ?? '';
  await until(ben, async () => (await ben.messages.get(message))?.here === true);
  await ben.messages.removeForMe(message);
  const rest = async (): Promise<Found | undefined> => (await ben.recovery.where(message)).find(({ place: name }) => name === 'rest');
  const found = await rest();
  assert.equal(found?.state, 'has');
  assert.equal(found.until, (await ben.messages.get(message))?.resting?.until);
  assert.equal(await ben.recovery.fetch(message), 'rest');
  assert.equal((await rest())?.state, 'has-not');
  assert.deepEqual(await ben.messages.audio(message), sounds.get(message));
});

interface Folder {
  readonly vault: MemoryVault;
  readonly repository: Repository;
  readonly secret: string;
  /** All that are in it, the newest first. */
  backups(): Promise<OpenedBackup[]>;
  add(): Promise<BackedUp>;
}

/** A folder with backups of ben's. */
async function folder(): Promise<Folder> {
  const vault = new MemoryVault();
  const { secret, recipient } = await makeBackupKey();
  const repository = await Repository.create(vault, { recipient, salt: systemRandom.bytes(32), made: 0 });
  return {
    vault, repository, secret,
    backups: async () => (await backupsIn(vault, secret, [])).map((files) => ({ place: 'folder', files })),
    add: async () => await backUp({ repository, source: await ben.recovery.copy(), clock: systemClock, random: systemRandom }),
  };
}

async function sayToBen(seed: number): Promise<string> {
  const message = await speak(ada, log, { seed, count: 5 });
  await until(ben, async () => (await ben.messages.get(message))?.here === true);
  return message;
}

const backupOf = async (message: string, backups: readonly OpenedBackup[]): Promise<string | undefined> => (await ben.recovery.where(message, backups)).find(({ place: name }) => name === 'backup')?.state;

test('[WHERE1] [OWN16] what the newest backups have damaged, or without its sound, is not said to be in them, and is found in an older one', async () => {
  const message = await sayToBen(200);
  const sound = await ben.messages.audio(message);
  const kept = await folder();
  await kept.add();
  // What did not change is not read again.
  await sayToBen(204);
  const [blob] = (await rowOf(bens, message)).blobs;
  assert.ok(blob);
  const pieces = (await bens.list(below(`b/${blob.id}`))).map(([put, value]) => ({ put, value: (value as Uint8Array<ArrayBuffer>).toReversed() }));
  await place.stopServer();
  await bens.commit(pieces);
  await kept.add();
  await loseSound(bens, message);
  await kept.add();
  const all = await kept.backups();
  assert.deepEqual([all.length, await backupOf(message, all.slice(0, 2)), await backupOf(message, all)], [3, 'has-not', 'has']);
  assert.equal(await ben.recovery.fetch(message, all), 'backup');
  assert.deepEqual(await ben.messages.audio(message), sound);
  await place.startServer();
});

test('[OWN15] [OWN16] a backup that is broken hides no older one: what is in it is not known, and what was not sent is not read for what was', async () => {
  const message = await sayToBen(201);
  const sound = await ben.messages.audio(message);
  const kept = await folder();
  await place.stopServer();
  const unsent = await speak(ben, log, { seed: 202, count: 5 });
  const first = await kept.add();
  const spoil = async ({ manifest }: BackedUp, wanted: string): Promise<void> => {
    const sealed = manifest.files.filter(({ path }) => path === wanted).flatMap(({ chunks }) => chunks.map((chunk) => chunk.sealed));
    assert.ok(sealed.length > 0);
    for (const name of sealed) await kept.vault.drop(chunkName(name));
  };
  await spoil(first, 'drafts.jsonl');
  // With other lines the second has them in another chunk.
  const row = await rowOf(bens, message);
  await bens.commit([{ put: keys.message(log, row.seq), value: { ...row, words: 'tea' } }]);
  await spoil(await kept.add(), filesOf(log, row.seq).lines);
  await kept.add();
  const [newest = ''] = (await kept.repository.snapshotNames()).toReversed();
  await kept.vault.put(`snapshots/${newest}.json`, Uint8Array.of(1, 2, 3));
  await loseSound(bens, message);
  const all = await kept.backups();
  assert.deepEqual([all.length, await backupOf(message, all.slice(0, 2)), await backupOf(message, all)], [3, 'unknown', 'has']);
  assert.equal(await ben.recovery.fetch(message, all), 'backup');
  assert.deepEqual(await ben.messages.audio(message), sound);
  await loseSound(bens, message);
  const back = await ben.recovery.bringBack(await openBackup(kept.vault, kept.secret, [], message), { message });
  assert.deepEqual([back.restored.length, back.unsent.length], [1, 0]);
  await ben.outgoing.discard(unsent);
  await place.startServer();
});

test('[WHERE1] of a place of backups that is not open it is not known what it has, however many are open elsewhere', async () => {
  const message = await sayToBen(203);
  const kept = await folder();
  await loseSound(bens, message);
  await place.stopServer();
  await kept.add();
  await kept.add();
  const all = await kept.backups();
  assert.equal(await backupOf(message, all), 'has-not');
  await ben.recovery.remember(await personId(ben), { place: 'folder', verified: 1, key: null });
  assert.equal(await backupOf(message, all), 'has-not');
  await ben.recovery.remember(await personId(ben), { place: 'another disk', verified: 1, key: null });
  assert.equal(await backupOf(message, all), 'unknown');
  await place.startServer();
});

test('[WHERE3] what was removed on purpose or has expired is not looked for, and nobody is asked for it', async () => {
  const [message = '', other = ''] = [said[PEOPLE | DEVICE], said[PEOPLE | SERVER]];
  await ben.messages.removeForGood(message);
  await assert.rejects(ben.recovery.askFor(message), { code: 'message.removed' });
  const row = await rowOf(bens, other);
  await bens.commit([{ put: keys.message(log, row.seq), value: { ...row, content: null, here: false, removed: { at: 1, by: row.person, rule: 'expired' } } }]);
  await assert.rejects(ben.recovery.askFor(other), { code: 'message.expired' });
  for (const id of [message, other]) assert.equal(await ben.recovery.fetch(id, [{ place: 'backup', files: backup }]), null);
  await ben.settled();
  await ada.synced();
  assert.deepEqual((await ada.recovery.asked()).filter((asked) => [message, other].includes(asked.message)), []);
});
