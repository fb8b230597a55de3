import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { Failure } from '@earshot/protocol/failures.ts';
import { FileJournal } from './file-journal.ts';
import { MemoryFiles } from './files.memory.ts';
import { openNodeFiles } from './files.node.ts';
import { journalFilesContract } from './journal-files.contract.ts';
import { journalContract } from './journal.contract.ts';
import type { JournalEntry } from './journal.ts';

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
