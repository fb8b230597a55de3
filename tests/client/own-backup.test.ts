import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeId } from '@earshot/base/ids.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import type { BroughtBack, Choice } from '@earshot/client/recovery/brought-back.ts';
import type { CopyReader } from '@earshot/client/recovery/copy-format.ts';
import { idOfOwn } from '@earshot/client/recovery/lay-aside.ts';
import { holdsSound } from '@earshot/client/recovery/sound-of.ts';
import type { EventRow, LogRow, MessageRow } from '@earshot/client/replica/row.ts';
import type { Store, Value } from '@earshot/client/store.ts';
import { below, keys } from '@earshot/client/stores/keys.ts';
import { memoryStore } from '@earshot/client/stores/memory.ts';
import { openBackup } from '../../apps/web/src/recovering/backing-up.ts';
import { loseSound, rowOf } from './ada-and-ben.ts';
import { again, keepCopy, type Kept, readerOf } from './kept.ts';
import { details, packets, personId, signInAgain, signInToo, speak, town, type Town, until } from './town.ts';

let place: Town;
let ada: Earshot;
let ben: Earshot;
let log: string;
/** Of ben, who is backed up. */
const disk = memoryStore();
const said: string[] = [];

before(async () => {
  place = await town();
  ada = await place.person('ada');
  ben = await place.person('ben', { store: disk });
  log = await ada.conversations.direct(await personId(ben));
  for (let count = 0; count < 6; count += 1) said.push(await say(count));
  await until(ben, async () => (await ben.messages.list(log)).filter(({ here }) => here).length === said.length);
});
after(() => place[Symbol.asyncDispose]());

async function say(seed: number): Promise<string> {
  const id = await speak(ada, log, { seed: seed + 1, count: 20 });
  await ada.settled();
  return id;
}

test('[OWN8] what shall vanish is in no backup, until somebody keeps it', async () => {
  const [id = ''] = said;
  const { seq } = await rowOf(disk, id);
  const event = (await disk.get(keys.event(log, seq))) as EventRow;
  const holds = async (): Promise<boolean> => {
    const copy = await ben.recovery.copy();
    const bytes = await copy.read(`messages/${log}/000000000000.jsonl`, 0, 1_000_000);
    return new TextDecoder().decode(bytes ?? undefined).includes(`"id":"${id}"`);
  };
  assert.equal(await holds(), true);
  await disk.commit([{ put: keys.event(log, seq), value: { ...event, envelope: { ...event.envelope, expiry: { heard: 120 } } } }]);
  assert.equal(await holds(), false);
  const keep = keys.event(log, 1_000);
  await disk.commit([{ put: keep, value: { ...event, seq: 1_000, envelope: { ...event.envelope, class: 'keep', refers: [id] } } }]);
  assert.equal(await holds(), true);
  await disk.commit([{ drop: keep }, { put: keys.event(log, seq), value: event }]);
});

const kept = (whose = ben): Promise<Kept> => keepCopy(whose);

/** Everything of the replica but these messages, their sound, and the counters and receipts of their conversation: a receipt may come at any moment. */
async function rest(store: Store, but: readonly string[]): Promise<Map<string, Value>> {
  const rows = [...(await store.list(below('r'))), ...(await store.list(below('b')))];
  const mine = new Set<string>();
  for (const id of but) for (const blob of (await rowOf(disk, id)).blobs) mine.add(blob.id);
  return new Map(rows.filter(([key, value]) => !mine.has(key.split('/')[1] ?? '') && !but.includes((value as MessageRow).id ?? '') && key !== keys.log(log) && !key.startsWith(`r/cursor/${log}/`)));
}

test('[OWN1] one message of many comes back into its place, and all others are as they were, byte for byte', async () => {
  const backup = await kept();
  const message = said[2] ?? '';
  const [audio, others] = [await ben.messages.audio(message), await rest(disk, [message])];
  await loseSound(disk, message);
  const back = await ben.recovery.bringBack(readerOf(backup), { message });
  assert.deepEqual(back, { restored: [{ log, message }], damaged: [], unread: [], unsent: [], noted: [], here: 0, removed: 0, silent: 0, unknown: 0 });
  assert.deepEqual(await ben.messages.audio(message), audio);
  assert.equal((await rowOf(disk, message)).restored, true);
  assert.deepEqual(await rest(disk, [message]), others);
  assert.deepEqual((await ben.recovery.bringBack(readerOf(backup), {})).restored, [], 'nothing is brought twice');
});

test('[OWN2] a second backup stores only what is new, and opens a message without the rest', async () => {
  const backup = await kept();
  assert.equal((await again(backup.repository, ben)).stored, 0);
  const fresh = await say(40);
  await until(ben, async () => (await ben.messages.get(fresh))?.here === true);
  backup.made = await again(backup.repository, ben);
  const changed = backup.made.manifest.files.filter(({ path }) => path.includes(log)).reduce((sum, { bytes }) => sum + bytes, 0);
  assert.equal(backup.made.stored, changed, 'the two files of the numbers that grew');
  said.push(fresh);
});

test('[OWN3] what was taken back stays so until it is asked for by name; what is newer is not touched', async () => {
  const backup = await kept();
  const [message] = said.splice(0, 1);
  assert.ok(message !== undefined);
  await ada.messages.remove(message);
  await until(ben, async () => (await ben.messages.get(message))?.removed !== null);
  const all = await ben.recovery.bringBack(readerOf(backup), {});
  assert.deepEqual([all.restored, all.removed], [[], 1]);
  assert.notEqual((await ben.messages.get(message))?.removed, null);
  const named = await ben.recovery.bringBack(readerOf(backup), { message, removed: [message] });
  assert.equal(named.restored.length, 1);
  assert.equal((await ben.messages.audio(message)).length > 0, true);
  assert.equal((await ben.conversations.get(log))?.unheard, said.length + 1);
});

test('[OWN3] [HEAL2] what came back by name is like any other: it can be deleted again and restored, and stays when its log is read a second time', async () => {
  const take = await ben.outgoing.begin({ take: makeId(systemRandom), conversation: log });
  await take.append(packets(20, 77));
  await take.send(details(20));
  await ben.settled();
  const message = take.take;
  await until(ben, async () => typeof (await ben.messages.get(message))?.seq === 'number');
  const backup = await kept();
  await ben.messages.remove(message);
  await ben.messages.removeForGood(message);
  await ben.settled();
  assert.equal((await ben.recovery.bringBack(readerOf(backup), { message, removed: [message] })).restored.length, 1);
  await ben.messages.removeForMe(message);
  assert.deepEqual((await ben.messages.recentlyDeleted()).map(({ id }) => id), [message]);
  await ben.messages.restore(message);
  await ben.settled();
  for (const id of [await ben.conversations.direct(await personId(ben)), log]) {
    const row = (await disk.get(keys.log(id))) as LogRow;
    await disk.commit([{ put: keys.log(id), value: { ...row, applied: 0, again: row.applied, unheard: 0, roster: null } }]);
  }
  await ben.synced();
  const { removed, resting, here } = (await ben.messages.get(message)) ?? {};
  assert.deepEqual({ removed, resting, here }, { removed: null, resting: null, here: true });
  assert.equal((await ben.messages.audio(message)).length > 0, true);
});

test('[OWN4] what broke in the backup is named and not laid over anything; the others come all the same', async () => {
  const backup = await kept();
  const [first, second] = [said[0] ?? '', said[1] ?? ''];
  await loseSound(disk, first);
  await loseSound(disk, second);
  const reader = readerOf(backup);
  const lines = new TextDecoder().decode(await reader.read(`messages/${log}/000000000000.jsonl`)).trim().split('\n').map((line) => JSON.parse(line) as { id: string; sound: number });
  const broken = lines.find(({ id }) => id === first)?.sound ?? -1;
  const spoiled = {
    paths: () => reader.paths(),
    read: async (path: string, from?: number, to?: number) => {
      const bytes = (await reader.read(path, from, to)).slice();
      if (path.startsWith('sound/') && from === broken) bytes.fill(0, 3, 4);
      return bytes;
    },
  };
  const back = await ben.recovery.bringBack(spoiled, {});
  assert.deepEqual([back.damaged, back.restored.map(({ message }) => message)], [[first], [second]]);
  assert.equal((await rowOf(disk, first)).here, false);
  assert.equal((await ben.recovery.bringBack(reader, {})).restored.length, 1);
});

test('[OWN13] sound that was damaged on the disk comes from the server into the backup; where that cannot be, the next backup reads it again, and has it once it healed', async () => {
  const [message = ''] = said;
  const [blob] = (await rowOf(disk, message)).blobs;
  assert.ok(blob);
  const pieces = (await disk.list(below(`b/${blob.id}`))).map(([put, value]) => ({ put, value: value as Uint8Array<ArrayBuffer> }));
  const spoil = async (): Promise<boolean> => await disk.commit(pieces.map(({ put, value }) => ({ put, value: value.map((byte, at) => (at === 40 ? byte ^ 1 : byte)) })));
  const restored = async (from: Kept): Promise<BroughtBack> => {
    await loseSound(disk, message);
    return await ben.recovery.bringBack(readerOf(from), { message });
  };
  await spoil();
  const backup = await kept();
  assert.equal((await restored(backup)).restored.length, 1, 'from the server');
  await spoil();
  await place.stopServer();
  const later = await kept();
  await disk.commit(pieces);
  later.made = await again(later.repository, ben);
  await place.startServer();
  assert.equal((await restored(later)).restored.length, 1, 'read again once it healed');
  assert.equal((await again(later.repository, ben)).stored, 0);
});

test('[OWN14] what room was freed of is in the backup, also when the server is gone afterwards, and is not on the device again; what cannot be had is told', async () => {
  const fay = await place.person('fay');
  const store = memoryStore();
  const phone = await place.device({ store });
  await signInToo(phone, fay, 'phone');
  await phone.start();
  const to = await fay.conversations.direct(await personId(ada));
  const take = await fay.outgoing.begin({ take: makeId(systemRandom), conversation: to });
  await take.append(packets(20, 90));
  const message = await take.send(details(20));
  await fay.settled();
  await until(phone, async () => (await phone.messages.get(message))?.here === true);
  const [sound, freed] = [await phone.messages.audio(message), await phone.storage.free()];
  assert.deepEqual([freed.messages, (await phone.messages.get(message))?.here], [1, false]);
  await phone.recovery.gather();
  const backup = await kept(phone);
  assert.equal((await phone.messages.get(message))?.here, false);
  assert.equal((await again(backup.repository, phone)).stored, 0);
  await place.stopServer();
  const lacking = await phone.recovery.copy();
  assert.equal(lacking.missing, 1);
  assert.equal((await phone.recovery.bringBack(readerOf(backup), {})).restored.length, 1);
  assert.deepEqual(await phone.messages.audio(message), sound);
  assert.equal((await phone.recovery.copy()).missing, 0);
  await place.startServer();
});

test('[OWN14] before a backup what did not come is asked for once more, and what still does not come is counted', async () => {
  const [message = ''] = said;
  await loseSound(disk, message);
  assert.equal((await ben.recovery.copy()).missing, 1);
  await ben.recovery.gather();
  assert.equal((await rowOf(disk, message)).here, true);
  assert.equal((await ben.recovery.copy()).missing, 0);
});

test('[OWN16] a message comes out of the newest backup that has its sound whole, also where the last ones lost or damaged it', async () => {
  const [message = ''] = said;
  const backup = await kept();
  const [blob] = (await rowOf(disk, message)).blobs;
  assert.ok(blob);
  const pieces = (await disk.list(below(`b/${blob.id}`))).map(([put, value]) => ({ put, value: value as Uint8Array<ArrayBuffer> }));
  await place.stopServer();
  await disk.commit(pieces.map(({ put, value }) => ({ put, value: value.toReversed() })));
  await again(backup.repository, ben);
  await loseSound(disk, message);
  await again(backup.repository, ben);
  const files = await openBackup(backup.vault, backup.secret, [], message);
  assert.equal((await ben.recovery.bringBack(files, { message })).restored.length, 1);
  await place.startServer();
});

test('[OWN4] a list of the backup that cannot be read is named; what the others name comes all the same, and is found', async () => {
  const backup = await kept();
  const reader = readerOf(backup);
  const [message = ''] = said;
  await loseSound(disk, message);
  const torn = ['messages/00000000000000000000000000/000000000000.jsonl', 'drafts.jsonl'];
  const spoilt: CopyReader = {
    paths: async () => [...torn, ...(await reader.paths()).filter((path) => !torn.includes(path))],
    read: async (path, from, to) => {
      if (torn.includes(path)) throw new Failure('backup.damaged', { name: path });
      return await reader.read(path, from, to);
    },
  };
  assert.deepEqual([await holdsSound(spoilt, message), await holdsSound(spoilt, makeId(systemRandom)), await holdsSound(reader, makeId(systemRandom))], [true, null, false]);
  const back = await ben.recovery.bringBack(spoilt, {});
  assert.deepEqual([back.restored, back.unread], [[{ log, message }], torn]);
});

test('[OWN5] a new device of the same person gets from the backup what the server does not have any more', async () => {
  const backup = await kept();
  const gone = new Set<string>();
  for (const id of said) for (const blob of (await rowOf(disk, id)).blobs) gone.add(`/v1/blobs/${blob.id}`);
  const device = await place.device({
    transport: (real) => ({ ...real, request: async (request) => (gone.has(request.path) ? await real.request({ ...request, path: `/v1/blobs/${makeId(systemRandom)}` }) : await real.request(request)), connect: real.connect.bind(real) }),
  });
  await signInToo(device, ben, 'new');
  await device.start();
  await device.synced();
  await until(device, async () => (await device.messages.list(log)).filter(({ failure }) => failure?.code === 'message.missing').length === said.length);
  const back = await device.recovery.bringBack(readerOf(backup), {});
  assert.equal(back.restored.length, said.length);
  for (const id of said) assert.deepEqual(await device.messages.audio(id), await ben.messages.audio(id));
});

test('[OWN12] what was said and not sent is in the backup, comes back set aside, once, and leaves when its person says so; what she gave up stays so', async () => {
  const cid = await place.person('cid');
  const code = (await cid.account.recoveryCode()) ?? '';
  const to = await cid.conversations.direct(await personId(ada));
  await cid.settled();
  await place.stopServer();
  const sayLater = async (seed: number, expiry: number | null = null): Promise<string> => {
    const take = await cid.outgoing.begin({ take: makeId(systemRandom), conversation: to });
    await take.append(packets(20, seed));
    await take.send({ ...details(20), expiry });
    return take.take;
  };
  const [first, second, vanishing] = [await sayLater(70), await sayLater(71), await sayLater(72, 120)];
  const spoken = await cid.messages.audio(first);
  const backup = await kept(cid);
  await cid[Symbol.asyncDispose]();
  await place.startServer();
  const device = await place.device();
  await signInAgain(device, 'cid', code, 'new');
  await device.start();
  await device.synced();
  const bring = async (choice: Choice = {}): Promise<BroughtBack> => await device.recovery.bringBack(readerOf(backup), choice);
  const back = await bring();
  assert.deepEqual(new Set(back.unsent.map(({ message }) => message)), new Set([first, second]), 'what shall vanish is not in it');
  assert.equal(await device.messages.get(vanishing), null);
  const state = (await device.messages.get(first))?.state;
  assert.deepEqual([state?.at, state?.at === 'set-aside' && state.code], ['set-aside', 'message.unsent']);
  assert.deepEqual((await bring()).unsent, [], 'it is there already');
  await device.outgoing.discard(second);
  const given = await bring();
  assert.deepEqual([given.unsent, given.removed], [[], 1]);
  assert.deepEqual([await holdsSound(readerOf(backup), second), await holdsSound(readerOf(backup), vanishing)], [true, false], 'found by name');
  await device.outgoing.retry(first);
  await device.outgoing.stored(first);
  await until(ada, async () => (await ada.messages.get(first))?.here === true);
  assert.deepEqual(await ada.messages.audio(first), spoken);
  assert.deepEqual((await bring()).unsent, [], 'it was sent since');
  assert.equal((await bring({ message: second, removed: [second] })).unsent.length, 1, 'asked for by name');
});

test('[OWN12] a draft that another device recorded is in the backup with its sound, also where this one never played it; where it cannot be had that is told', async () => {
  const gus = await place.person('gus');
  const laptop = await place.device();
  await signInToo(laptop, gus, 'laptop');
  await laptop.start();
  const to = await gus.conversations.direct(await personId(ada));
  await gus.settled();
  const take = await gus.outgoing.begin({ take: makeId(systemRandom), conversation: to });
  await take.append(packets(20, 81));
  await take.show(details(20), 'Phone');
  await until(laptop, async () => (await laptop.drafts.list()).length === 1);
  const backup = await kept(laptop);
  assert.equal(await holdsSound(readerOf(backup), take.take), true);
  assert.equal((await laptop.recovery.copy()).missing, 0);
  assert.equal((await again(backup.repository, laptop)).stored, 0, 'it does not travel again');
  await place.stopServer();
  assert.equal((await laptop.recovery.copy()).missing, 1);
  await place.startServer();
});

test('[BACK4] what was not sent into a conversation that the server lost can go into her notes as well, and given up there it stays so; what has no sound cannot, and is told apart', async () => {
  const store = memoryStore();
  const eve = await place.person('eve', { store });
  const person = await personId(eve);
  const to = await eve.conversations.direct(await personId(ada));
  await eve.settled();
  await place.stopServer();
  const take = await eve.outgoing.begin({ take: makeId(systemRandom), conversation: to });
  await take.append(packets(20, 90));
  await take.send(details(20));
  const reader = readerOf(await kept(eve));
  const [lost, soundless] = [makeId(systemRandom), makeId(systemRandom)];
  /** As if it had been said under these ids into a conversation that nobody knows any more. */
  const elsewhere = {
    paths: () => reader.paths(),
    read: async (path: string, ...range: number[]) => {
      const bytes = await reader.read(path, ...range);
      if (path !== 'drafts.jsonl') return bytes;
      const line = JSON.parse(new TextDecoder().decode(bytes)) as { body: object };
      const as = (id: string): object => ({ ...line, id, body: { ...line.body, take: id, conversation: lost } });
      return new TextEncoder().encode(`${JSON.stringify(as(lost))}\n${JSON.stringify({ ...as(soundless), sound: null })}\n`);
    },
  };
  const bring = async (choice: Choice): Promise<(readonly string[] | number)[]> => {
    const { unsent, noted, unknown, removed, silent, here } = await eve.recovery.bringBack(elsewhere, choice);
    assert.deepEqual(unsent, []);
    return [noted, unknown, removed, silent, here];
  };
  assert.deepEqual(await bring({}), [[], 1, 0, 1, 0]);
  const note = await idOfOwn(person, lost);
  await store.commit([{ put: keys.givenUp(note), value: true }]);
  assert.deepEqual(await bring({ lostToNotes: true }), [[], 0, 1, 1, 0], 'given up');
  assert.deepEqual(await bring({ lostToNotes: true, removed: [lost] }), [[lost], 0, 0, 1, 0], 'asked for by name');
  assert.deepEqual(await eve.messages.audio(note), await eve.messages.audio(take.take));
  assert.deepEqual(await bring({ lostToNotes: true }), [[], 0, 0, 1, 1], 'once');
  await place.startServer();
  await until(eve, async () => (await eve.messages.get(note))?.state?.at === 'stored');
});
