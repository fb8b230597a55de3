import { link, mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { Random } from '@earshot/base/random.ts';
import { makeId } from '@earshot/base/ids.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';

/**
 * Files that people keep: whole or not there. Bytes are written under a temporary name and synced; only then the file gets its
 * name, and the folder is synced. Nothing is written over unless that was asked for.
 */

/** Writes `bytes` as `path`. Throws `file.exists` unless `force`, `file.unwritable`, `device.storage`. */
export async function writeWhole(path: string, bytes: Uint8Array, options: { force: boolean; random: Random; mode?: number }): Promise<void> {
  const temporary = await writeTemporary(path, bytes, options);
  try {
    await (options.force ? rename(temporary, path) : giveName(temporary, path));
    await syncFolder(dirname(path));
  } catch (error) {
    await unlink(temporary).catch(ignoreMissing);
    throw fileFailure(error, 'file.unwritable', path);
  }
}

/**
 * Writes `bytes` into `folder` as `name`, or as `name (2)` and so on where another file has that name. A file that holds the very
 * same bytes already is the file: so a message saved just before a crash is not saved twice. Returns its path.
 */
export async function writeBeside(folder: string, name: string, bytes: Uint8Array, random: Random): Promise<string> {
  for (let count = 1; ; count += 1) {
    const path = join(folder, count === 1 ? name : `${basename(name, extname(name))} (${count})${extname(name)}`);
    try {
      await writeWhole(path, bytes, { force: false, random });
      return path;
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'file.exists') throw error;
      if (bytes.length === (await sameBytes(path, bytes))) return path;
    }
  }
}

/** Makes a folder and those above it. Throws `file.unwritable`. */
export async function makeFolder(path: string, mode?: number): Promise<void> {
  try {
    await mkdir(path, { recursive: true, ...(mode === undefined ? {} : { mode }) });
  } catch (error) {
    throw fileFailure(error, 'file.unwritable', path);
  }
}

/** What the system said about a file, as a code of the closed list. Other errors stay what they are. */
export function fileFailure(error: unknown, code: FailureCode, path: string): unknown {
  if (!(error instanceof Error) || error instanceof Failure || !('code' in error) || typeof error.code !== 'string') return error;
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') return new Failure('device.storage', { path }, { cause: error });
  if (error.code === 'EEXIST' && code === 'file.unwritable') return new Failure('file.exists', { path }, { cause: error });
  return new Failure(code, { path, system: error.code }, { cause: error });
}

async function writeTemporary(path: string, bytes: Uint8Array, { random, mode = 0o666 }: { random: Random; mode?: number }): Promise<string> {
  const temporary = join(dirname(path), `.earshot-${makeId(random)}.part`);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    return temporary;
  } catch (error) {
    await unlink(temporary).catch(ignoreMissing);
    throw fileFailure(error, 'file.unwritable', path);
  }
}

/** A rename would write over a file that came meanwhile; a link does not. Some disks know no links. */
async function giveName(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && ['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'].includes(String(error.code)))) throw error;
    await (await open(path, 'wx')).close();
    await rename(temporary, path);
    return;
  }
  await unlink(temporary);
}

/** How many bytes the file holds when it holds the same; -1 otherwise. */
async function sameBytes(path: string, bytes: Uint8Array): Promise<number> {
  try {
    const there = await readFile(path);
    return there.equals(bytes) ? there.length : -1;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return -1;
    throw error;
  }
}

/** So that the name survives a power cut as well as the bytes do. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
