import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { utf8 } from '@earshot/base/encoding.ts';
import { systemRandom as random } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { writeBeside, writeWhole } from './write-file.node.ts';

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-files-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const refusedWith = (code: string) => (error: unknown): boolean => error instanceof Failure && error.code === code;

test('[CLI9] a file that is there is not written over, unless asked for; nothing else is left in the folder', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'voice.ogg');
    await writeFile(path, 'mine');
    await assert.rejects(writeWhole(path, utf8('new'), { force: false, random }), refusedWith('file.exists'));
    assert.equal(await readFile(path, 'utf8'), 'mine');
    await writeWhole(path, utf8('new'), { force: true, random });
    assert.equal(await readFile(path, 'utf8'), 'new');
    assert.deepEqual(await readdir(folder), ['voice.ogg']);
  });
});

test('[CLI9] another message of the same name stands beside the first; the same one is not saved twice', async () => {
  await inFolder(async (folder) => {
    assert.equal(await writeBeside(folder, 'a b.ogg', utf8('one'), random), join(folder, 'a b.ogg'));
    assert.equal(await writeBeside(folder, 'a b.ogg', utf8('two'), random), join(folder, 'a b (2).ogg'));
    assert.equal(await writeBeside(folder, 'a b.ogg', utf8('two'), random), join(folder, 'a b (2).ogg'));
    assert.deepEqual((await readdir(folder)).sort(), ['a b (2).ogg', 'a b.ogg']);
  });
});

test('a folder that is not there is said, with what the system said', async () => {
  await inFolder(async (folder) => {
    await assert.rejects(writeWhole(join(folder, 'no', 'voice.ogg'), utf8('x'), { force: false, random }), (error) => {
      return refusedWith('file.unwritable')(error) && error instanceof Failure && error.evidence['system'] === 'ENOENT';
    });
  });
});
