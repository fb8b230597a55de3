import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { seededRandom } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { FileJournal } from './file-journal.ts';
import { MemoryFiles } from './files.memory.ts';
import { openNodeFiles } from './files.node.ts';
import { journalFilesContract } from './journal-files.contract.ts';
import type { JournalFile, JournalFiles } from './journal-files.ts';
import { journalContract } from './journal.contract.ts';
import type { JournalEntry } from './journal.ts';
import { sealedFiles, sealPlainFiles } from './sealed-files.ts';

const root = await mkdtemp(join(tmpdir(), 'earshot-journal-'));
after(() => rm(root, { recursive: true }));
const folder = (): Promise<string> => mkdtemp(join(root, 'disk-'));

const packets = (count: number): JournalEntry[] => Array.from({ length: count }, (_, index) => ({ type: 'packet', bytes: new Uint8Array(60).fill(index + 1), peak: index }));
const header = { take: 'take', conversation: 'talk', started: 1 };

suite('files in memory', () => {
  journalFilesContract(test, async () => {
    const files = new MemoryFiles();
    return { files, again: async () => files };
  });
  journalContract(test, async () => {
    const files = new MemoryFiles();
    const damage = async (take: string, change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>): Promise<void> => {
      const bytes = change(await files.read(take));
      const file = await files.open(take);
      await file.truncate(0);
      await file.append(bytes);
    };
    return { journal: new FileJournal(files), damage };
  });
});

suite('files in a folder', () => {
  journalFilesContract(test, async () => {
    const place = await folder();
    return { files: await openNodeFiles(place), again: () => openNodeFiles(place) };
  });
  journalContract(test, async () => {
    const place = await folder();
    const journal = new FileJournal(await openNodeFiles(place));
    return { journal, damage: async (take, change) => writeFile(join(place, take), change(new Uint8Array(await readFile(join(place, take))))) };
  });
});

let seed = 0;
const sealed = (inner: JournalFiles, secret = 7): Promise<JournalFiles> => sealedFiles(inner, new Uint8Array(32).fill(secret), seededRandom((seed += 1)));

suite('sealed files', () => {
  journalFilesContract(test, async () => {
    const inner = new MemoryFiles();
    return { files: await sealed(inner), again: () => sealed(inner) };
  });
  journalContract(test, async () => {
    const files = await sealed(new MemoryFiles());
    const damage = async (take: string, change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>): Promise<void> => {
      const bytes = change(await files.read(take));
      const file = await files.open(take);
      await file.truncate(0);
      await file.append(bytes);
      await file.close();
    };
    return { journal: new FileJournal(files), damage };
  });
});

const speech = packets(40);
const voice = (bytes: Uint8Array): boolean => Buffer.from(bytes).includes(Buffer.alloc(20, 30)) || Buffer.from(bytes).includes('conversation');
const everything = async (disk: JournalFiles): Promise<Uint8Array[]> => await Promise.all((await disk.list()).map((name) => disk.read(name)));

test('[KEPT6] what lies in a sealed journal is heard by nobody without its secret, and hidden by nobody who has another', async () => {
  const disk = new MemoryFiles();
  const writer = await new FileJournal(await sealed(disk)).create(header);
  await writer.append(speech);
  await writer.close();
  assert.equal((await everything(disk)).some(voice), false);
  assert.deepEqual(await new FileJournal(await sealed(disk, 8)).list(), []);
  await assert.rejects(new FileJournal(await sealed(disk, 8)).read('take'), (error) => error instanceof Failure && error.code === 'recorder.storage');
  assert.equal((await new FileJournal(await sealed(disk)).read('take')).packets.length, speech.length);
});

test('[KEPT6] no place of a key is used twice: not behind a cut, and not behind what a power cut took', async () => {
  const disk = new MemoryFiles();
  const file = await (await sealed(disk)).create('take');
  const zeros = new Uint8Array(64);
  await file.append(zeros);
  await file.truncate(0);
  await file.append(zeros);
  const left = disk.afterPowerCut();
  const later = await (await sealed(left)).open('take');
  await later.append(zeros);
  const tails = [...(await everything(disk)), ...(await everything(left))].filter(({ length }) => length > 64).map((bytes) => Buffer.from(bytes.slice(-64)).toString('hex'));
  assert.equal(new Set(tails).size, 3);
});

test('[KEPT6] a power cut costs a sealed journal what was not flushed, and nothing else', async () => {
  const disk = new MemoryFiles();
  const writer = await new FileJournal(await sealed(disk)).create(header);
  await writer.append(packets(10));
  await writer.close();
  // Killed, without a flush. Whoever goes on sees to it that what is behind never outlives what is before.
  const again = await new FileJournal(await sealed(disk)).reopen('take');
  await again.append(packets(3));
  await again.flush();
  await again.append(packets(2));
  assert.equal((await new FileJournal(await sealed(disk)).read('take')).packets.length, 15);
  assert.equal((await new FileJournal(await sealed(disk.afterPowerCut())).read('take')).packets.length, 13);
});

test('[KEPT7] what an earlier version left plain is sealed, killed in the midst at any step as well', async () => {
  for (let kill = 0; kill < 12; kill += 1) {
    const disk = new MemoryFiles();
    for (const take of ['one', 'two']) {
      const writer = await new FileJournal(disk).create({ ...header, take });
      await writer.append(speech);
      await writer.close();
    }
    const files = await sealed(disk);
    await sealPlainFiles(dying(disk, kill), await sealedFiles(dying(disk, kill), new Uint8Array(32).fill(7), seededRandom(kill))).catch(() => undefined);
    await sealPlainFiles(disk, files);
    const journal = new FileJournal(files);
    for (const take of ['one', 'two']) assert.equal((await journal.read(take)).packets.length, speech.length, `killed at ${kill}`);
    assert.equal((await everything(disk)).some(voice), false, `killed at ${kill}`);
    await journal.remove('one');
    await journal.remove('two');
    assert.deepEqual(await disk.list(), []);
  }
});

/** A disk whose page is killed after so many changes of it. */
function dying(disk: MemoryFiles, steps: number): JournalFiles {
  let left = steps;
  const alive = (): void => {
    left -= 1;
    if (left < 0) throw new Error('killed');
  };
  const mortal = (file: JournalFile): JournalFile => ({
    get size() {
      return file.size;
    },
    append: async (bytes) => {
      if (left === 0) await file.append(bytes.slice(0, bytes.length / 2));
      alive();
      await file.append(bytes);
    },
    flush: () => file.flush(),
    truncate: (size) => file.truncate(size),
    close: () => file.close(),
  });
  return {
    create: async (name) => {
      alive();
      return mortal(await disk.create(name));
    },
    open: async (name) => mortal(await disk.open(name)),
    read: (name, from, to) => disk.read(name, from, to),
    size: (name) => disk.size(name),
    list: () => disk.list(),
    remove: async (name) => {
      alive();
      await disk.remove(name);
    },
  };
}

test('[REC4] a power cut costs what was not flushed, and nothing else', async () => {
  const disk = new MemoryFiles();
  const writer = await new FileJournal(disk).create(header);
  await writer.append(packets(10));
  await writer.flush();
  await writer.append(packets(5));
  assert.equal((await new FileJournal(disk).read('take')).packets.length, 15);
  assert.equal((await new FileJournal(disk.afterPowerCut()).read('take')).packets.length, 10);
});

test('[REC5] a full disk is recorder.storage; what was there is kept, and the same packets go in once there is room', async () => {
  const disk = new MemoryFiles();
  const journal = new FileJournal(disk);
  const writer = await journal.create(header);
  await writer.append(packets(3));
  disk.room = 100;
  await assert.rejects(writer.append(packets(2)), (error) => error instanceof Failure && error.code === 'recorder.storage');
  assert.equal((await journal.read('take')).packets.length >= 3, true);
  disk.room = 10_000;
  await writer.append(packets(2));
  const record = await journal.read('take');
  assert.deepEqual(record.packets.map((packet) => packet[0]), [1, 2, 3, 1, 2]);
  assert.equal(record.torn, 0);
});

test('[REC3] what lies behind damage in the middle is kept aside when recording goes on, until the take is removed', async () => {
  const disk = new MemoryFiles();
  const journal = new FileJournal(disk);
  const writer = await journal.create(header);
  await writer.append(packets(200));
  await writer.close();
  const bytes = await disk.read('take');
  bytes[1_000] = (bytes[1_000] ?? 0) ^ 1;
  const file = await disk.open('take');
  await file.truncate(0);
  await file.append(bytes);
  const before = (await journal.read('take')).torn;
  await (await journal.reopen('take')).close();
  const aside = (await disk.list()).find((name) => name.startsWith('take.aside-'));
  assert.ok(aside !== undefined);
  assert.equal((await disk.read(aside)).length, before);
  assert.equal((await journal.list()).length, 1);
  await journal.remove('take');
  assert.deepEqual(await disk.list(), []);
});

test('[REC3] a take that the disk does not give away hides no other', async () => {
  const disk = new MemoryFiles();
  const journal = new FileJournal(disk);
  for (const take of ['one', 'two']) await (await journal.create({ ...header, take })).close();
  const read = disk.read.bind(disk);
  disk.read = (name) => (name === 'one' ? Promise.reject(new Error('bad sector')) : read(name));
  assert.deepEqual((await journal.list()).map((take) => take.take), ['two']);
  await assert.rejects(journal.read('one'), (error) => error instanceof Failure && error.code === 'recorder.storage');
});
