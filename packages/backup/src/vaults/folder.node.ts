import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Held, Vault } from '../vault.ts';

/** What is being written, and not there yet. */
const UNFINISHED = '.part';

/** What a disk says of one file that it cannot read, whose place is there all the same. */
const UNREADABLE: ReadonlySet<string> = new Set(['EIO', 'EISDIR']);

/** A folder on any disk: another one than the server's, or it is no backup. */
export function folderVault(folder: string): Vault {
  const path = (name: string): string => join(folder, ...name.split('/'));
  return {
    put: async (name, bytes) => {
      try {
        const own = dirname(path(name));
        const made = await mkdir(own, { recursive: true, mode: 0o700 });
        await writeDurably(path(name), bytes);
        // A folder that is new has a name as well.
        for (let at = own; made !== undefined && at.length >= made.length; at = dirname(at)) await syncFolder(dirname(at));
      } catch (error) {
        throw targetFailure(folder, error);
      }
    },
    get: async (name) => {
      try {
        return new Uint8Array(await readFile(path(name)));
      } catch (error) {
        const reason = codeOf(error);
        if (reason === 'ENOENT') throw new Failure('backup.missing', { name });
        throw UNREADABLE.has(reason) ? new Failure('backup.damaged', { name, reason }, { cause: error }) : targetFailure(folder, error, name);
      }
    },
    list: async (below) => {
      try {
        return (await listed(folder, below)).filter(({ name }) => !name.endsWith(UNFINISHED));
      } catch (error) {
        throw targetFailure(folder, error);
      }
    },
    tidy: async (below, until) => {
      try {
        const parts = (await listed(folder, below)).filter(({ name, put }) => name.endsWith(UNFINISHED) && put <= until);
        for (const { name } of parts) await rm(path(name), { force: true });
      } catch (error) {
        throw targetFailure(folder, error);
      }
    },
    drop: async (name) => {
      try {
        await rm(path(name), { force: true });
      } catch (error) {
        throw targetFailure(folder, error);
      }
    },
  };
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const part = `${path}${UNFINISHED}`;
  try {
    await using file = await open(part, 'w', 0o600);
    await file.writeFile(bytes);
    await file.datasync();
  } catch (error) {
    // Half of it takes room on a disk that has none, and nobody would find it by its name.
    await rm(part, { force: true }).catch(() => undefined);
    throw error;
  }
  await rename(part, path);
  await syncFolder(dirname(path));
}

/** The names in it are on the disk. */
async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r');
  await folder.sync();
}

async function listed(folder: string, below: string): Promise<readonly Held[]> {
  const names = (await unlessGone(readdir(join(folder, below), { recursive: true }))) ?? [];
  const found = await Promise.all(names.map(async (name) => {
    // Another backup into the same place may forget it meanwhile, or give it its name.
    const about = await unlessGone(stat(join(folder, below, name)));
    return about?.isFile() === true ? [{ name: `${below}/${name.split('\\').join('/')}`, bytes: about.size, put: about.mtimeMs }] : [];
  }));
  return found.flat().sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Null for what is not there. */
async function unlessGone<T>(work: Promise<T>): Promise<T | null> {
  return await work.catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function targetFailure(folder: string, error: unknown, name?: string): Failure {
  return new Failure('backup.target', { target: folder, ...(name !== undefined && { name }), reason: codeOf(error) || String(error) }, { cause: error });
}
