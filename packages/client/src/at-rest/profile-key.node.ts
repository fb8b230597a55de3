import { scrypt } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fromBase64Url, toBase64Url, utf8 } from '@earshot/base/encoding.ts';
import { makeId } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import * as v from 'valibot';
import { aesKey, aesOpen, aesSeal, SECRET_BYTES } from '../keys/symmetric.ts';
import { nodeCipher } from '../keys/cipher.node.ts';
import type { Cipher } from '../keys/cipher.ts';

/**
 * The key under which a profile lies on the disk: in a file of its own in the profile's folder, wrapped by a passphrase, or, without one, as it is in a
 * file that only its owner can read.
 */
type Bytes = Uint8Array<ArrayBuffer>;

const FILE = 'key.json';
/** scrypt with 128 MiB of memory: about 0.4 s for each guess. */
const COST = { N: 2 ** 17, r: 8, p: 1 };
const SALT_BYTES = 16;
const BOUND = utf8('earshot profile 1');

const keyFile = v.variant('guard', [
  v.strictObject({ guard: v.literal('file'), secret: v.string() }),
  v.strictObject({ guard: v.literal('passphrase'), N: v.number(), r: v.number(), p: v.number(), salt: v.string(), wrapped: v.string() }),
]);
type KeyFile = v.InferOutput<typeof keyFile>;

export interface ProfileKey {
  readonly cipher: Cipher;
  readonly guard: KeyFile['guard'];
}

/**
 * The key of the profile in `dir`, made when there is none. A profile without a passphrase gets the one that is given. Throws
 * `passphrase.missing` and `passphrase.wrong`.
 */
export async function openProfileKey(dir: string, passphrase: string | null, random: Random): Promise<ProfileKey> {
  const found = await readKeyFile(dir);
  if (found === null) {
    await makeKeyFile(dir, await keyFileOf(random.bytes(SECRET_BYTES), passphrase, random), random);
    return await openProfileKey(dir, passphrase, random);
  }
  const secret = await secretIn(found, passphrase);
  if (found.guard === 'passphrase' || passphrase === null) return { cipher: nodeCipher(secret, random), guard: found.guard };
  await replaceKeyFile(dir, await keyFileOf(secret, passphrase, random), random);
  return { cipher: nodeCipher(secret, random), guard: 'passphrase' };
}

/** Whatever lies in the profile's store is nobody's any more. */
export async function destroyProfileKey(dir: string): Promise<void> {
  await rm(join(dir, FILE), { force: true });
  await syncFolder(dir);
}

async function keyFileOf(secret: Bytes, passphrase: string | null, random: Random): Promise<KeyFile> {
  if (passphrase === null) return { guard: 'file', secret: toBase64Url(secret) };
  const salt = random.bytes(SALT_BYTES);
  const wrapped = await aesSeal(await aesKey(await stretched(passphrase, salt, COST)), secret, BOUND, random);
  return { guard: 'passphrase', ...COST, salt: toBase64Url(salt), wrapped: toBase64Url(wrapped) };
}

async function secretIn(file: KeyFile, passphrase: string | null): Promise<Bytes> {
  if (file.guard === 'file') return fromBase64Url(file.secret);
  if (passphrase === null) throw new Failure('passphrase.missing');
  const secret = await aesOpen(await aesKey(await stretched(passphrase, fromBase64Url(file.salt), file)), fromBase64Url(file.wrapped), BOUND);
  if (secret === null) throw new Failure('passphrase.wrong');
  return secret;
}

function stretched(passphrase: string, salt: Bytes, { N, r, p }: typeof COST): Promise<Bytes> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFKC'), salt, SECRET_BYTES, { N, r, p, maxmem: 256 * N * r }, (error, bytes) => (error === null ? resolve(new Uint8Array(bytes)) : reject(error)));
  });
}

async function readKeyFile(dir: string): Promise<KeyFile | null> {
  try {
    return v.parse(keyFile, JSON.parse(await readFile(join(dir, FILE), 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new Failure('file.unreadable', { file: join(dir, FILE) }, { cause: error });
  }
}

/** Of several processes that open a new profile at once the first one's key counts. */
async function makeKeyFile(dir: string, file: KeyFile, random: Random): Promise<void> {
  const made = await written(dir, file, random);
  try {
    await link(made, join(dir, FILE));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await rm(made);
  }
  await syncFolder(dir);
}

async function replaceKeyFile(dir: string, file: KeyFile, random: Random): Promise<void> {
  await rename(await written(dir, file, random), join(dir, FILE));
  await syncFolder(dir);
}

/** A file beside the real one, whole on the disk. */
async function written(dir: string, file: KeyFile, random: Random): Promise<string> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, `${FILE}.${makeId(random)}`);
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(file)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return path;
}

async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
