import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { utf8 } from '@earshot/base/encoding.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import { destroyProfileKey, openProfileKey, type ProfileKey } from './profile-key.node.ts';

const folder = await mkdtemp(join(tmpdir(), 'earshot-key-'));
after(() => rm(folder, { recursive: true }));
const bound = new Uint8Array();
const sealedUnder = ({ cipher }: ProfileKey): Promise<Uint8Array<ArrayBuffer>> => cipher.seal(utf8('said'), bound);
const opens = async ({ cipher }: ProfileKey, sealed: Uint8Array<ArrayBuffer>): Promise<boolean> => (await cipher.open(sealed, bound)) !== null;
const failsWith = (code: FailureCode) => (error: unknown): boolean => error instanceof Failure && error.code === code;

test('[REST3] a profile without a passphrase has its key in a file that only its owner reads; one that is given later protects it', async () => {
  const dir = join(folder, 'open');
  const first = await openProfileKey(dir, null, systemRandom);
  assert.equal(first.guard, 'file');
  assert.equal((await stat(join(dir, 'key.json'))).mode & 0o777, 0o600);
  const sealed = await sealedUnder(first);
  assert(await opens(await openProfileKey(dir, null, systemRandom), sealed));

  const guarded = await openProfileKey(dir, 'three unrelated words', systemRandom);
  assert.equal(guarded.guard, 'passphrase');
  assert(await opens(guarded, sealed));
  assert.deepEqual(await readdir(dir), ['key.json']);
  await assert.rejects(openProfileKey(dir, null, systemRandom), failsWith('passphrase.missing'));
});

test('[REST4] a thief with the folder and without the passphrase has nothing; with it everything is there', async () => {
  const dir = join(folder, 'guarded');
  const sealed = await sealedUnder(await openProfileKey(dir, 'Fußgänger auf Brücken', systemRandom));
  const text = await readFile(join(dir, 'key.json'), 'utf8');
  assert(!text.includes('secret'));
  await assert.rejects(openProfileKey(dir, 'Fußgänger auf Brücke', systemRandom), failsWith('passphrase.wrong'));
  await assert.rejects(openProfileKey(dir, '', systemRandom), failsWith('passphrase.wrong'));
  // The same words as another keyboard composes them.
  assert(await opens(await openProfileKey(dir, 'Fußgänger auf Brücken'.normalize('NFD'), systemRandom), sealed));
});

test('[REST3] of many that open a new profile at once all get one key', async () => {
  const dir = join(folder, 'raced');
  const opened = await Promise.all(Array.from({ length: 8 }, () => openProfileKey(dir, null, systemRandom)));
  const [first] = opened;
  assert(first);
  const sealed = await sealedUnder(first);
  for (const other of opened) assert(await opens(other, sealed));
  assert.deepEqual(await readdir(dir), ['key.json']);
});

test('[REST5] a destroyed key never comes back: the next one opens nothing of before', async () => {
  const dir = join(folder, 'destroyed');
  const sealed = await sealedUnder(await openProfileKey(dir, null, systemRandom));
  await destroyProfileKey(dir);
  await destroyProfileKey(dir);
  assert.equal(await opens(await openProfileKey(dir, null, systemRandom), sealed), false);
});
