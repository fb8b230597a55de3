import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prune } from '@earshot/backup/scrub.ts';
import { SnapshotFiles } from '@earshot/backup/snapshot-files.ts';
import { holdsSound } from '@earshot/client/recovery/sound-of.ts';
import type { EventRow } from '@earshot/client/replica/row.ts';
import { below, keys } from '@earshot/client/stores/keys.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { loseSound, rowOf } from './ada-and-ben.ts';
import { again, againBeside, keepCopy, type Kept, readerOf } from './kept.ts';
import { personId, speak, townOfFile, until, whole } from './town.ts';

const place = await townOfFile();
const ada = await place.person('ada');
/** Of ben, who is backed up. */
const disk = memoryStore();
const ben = await place.person('ben', { store: disk });
const log = await ada.conversations.direct(await personId(ben));

/** Ada says something, and ben has it. */
async function say(seed: number): Promise<string> {
  const id = await speak(ada, log, { seed });
  await ada.settled();
  await whole(ben, id);
  return id;
}

const piecesOf = async (message: string) => (await Promise.all((await rowOf(disk, message)).blobs.map(({ id }) => disk.list(below(`b/${id}`))))).flat();

/** Which of these the newest backup has whole. */
async function held(kept: Kept, ...messages: readonly string[]): Promise<boolean[]> {
  const newest = await kept.repository.newest();
  assert.ok(newest);
  const files = new SnapshotFiles(kept.repository, newest, kept.secret);
  return await Promise.all(messages.map(async (message) => (await holdsSound(files, message)) === true));
}

test('[OWN20] what was lost here and at the server goes on from one backup to the next, among all that is new, and is brought back out of the last that stays', async () => {
  const messages = [await say(1), await say(2), await say(3)];
  const [first = '', lost = '', third = ''] = messages;
  const sound = await ben.messages.audio(lost);
  const kept = await keepCopy(ben);
  await loseSound(disk, lost);
  const fourth = await say(4);
  await place.stopServer();
  // One that was made without the key lacks it; the next one finds it behind that.
  await again(kept.repository, ben);
  assert.deepEqual(await held(kept, ...messages, fourth), [true, false, true, true]);
  for (let round = 0; round < 2; round += 1) kept.made = await againBeside(kept, ben);
  assert.equal(kept.made.stored, 0, 'what has gone on once stays where it is');
  await prune(kept.repository, 1, Date.now());
  assert.deepEqual(await held(kept, ...messages, fourth), [true, true, true, true]);
  for (const one of [first, third]) await loseSound(disk, one);
  const copy = await ben.recovery.copy([readerOf(kept)]);
  assert.deepEqual([copy.missing, (await ben.recovery.copy()).missing], [0, 3]);
  assert.equal((await ben.recovery.bringBack(readerOf(kept), {})).restored.length, 3);
  assert.deepEqual(await ben.messages.audio(lost), sound);
  await place.startServer();
});

test('[OWN20] what was damaged here comes whole out of the earlier backup as well; an earlier one that is damaged hides no older one', async () => {
  const message = await say(11);
  const kept = await keepCopy(ben);
  kept.made = await again(kept.repository, ben);
  const pieces = await piecesOf(message);
  await disk.commit(pieces.map(([put, value]) => ({ put, value: (value as Uint8Array<ArrayBuffer>).toReversed() })));
  await place.stopServer();
  const names = await kept.repository.snapshotNames();
  kept.vault.held.get(`snapshots/${names.at(-1) ?? ''}.json`)?.fill(0);
  const source = await ben.recovery.copy(names.toReversed().map((name) => new SnapshotFiles(kept.repository, name, kept.secret)));
  const { path, bytes } = (await source.files()).find((file) => file.path.startsWith(`sound/${log}`)) ?? { path: '', bytes: 0 };
  const read = await source.read(path, 0, bytes);
  assert.deepEqual([source.damaged.size, source.spoilt(path)], [0, false]);
  assert.deepEqual(read, await readerOf(kept).read(path));
  await disk.commit(pieces.map(([put, value]) => ({ put, value })));
  await place.startServer();
});

test('[OWN20] what was taken back, rests or is to vanish does not go on into the next backup', async () => {
  const [taken, rests, vanishes] = [await say(21), await say(22), await say(23)];
  const kept = await keepCopy(ben);
  assert.deepEqual(await held(kept, taken, rests, vanishes), [true, true, true]);
  for (const one of [rests, vanishes]) await loseSound(disk, one);
  await ada.messages.remove(taken);
  await until(ben, async () => (await ben.messages.get(taken))?.removed !== null);
  await ben.messages.removeForMe(rests);
  const key = keys.event(log, (await rowOf(disk, vanishes)).seq);
  const event = (await disk.get(key)) as EventRow;
  await disk.commit([{ put: key, value: { ...event, envelope: { ...event.envelope, expiry: { heard: 120 } } } }]);
  await place.stopServer();
  await againBeside(kept, ben);
  assert.deepEqual(await held(kept, taken, rests, vanishes), [false, false, false]);
  await place.startServer();
});
