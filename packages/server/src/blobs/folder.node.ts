import { close, closeSync, constants, fdatasync, fsync, open, opendir, read, unlink, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Id } from '@earshot/base/ids.ts';
import type { Blobs } from './blobs.ts';

const opened = promisify(open);
const closed = promisify(close);
const synced = promisify(fdatasync);
const folderSynced = promisify(fsync);
const unlinked = promisify(unlink);
const openedFolder = promisify(opendir);

/** Ids begin with 5 random bits, so this is 32 folders: few enough that their syncs coalesce, enough for millions of files. */
const shardOf = (blob: Id): string => blob.slice(0, 1);
const LISTED_AT_ONCE = 500;

/** One file a blob, pieces at their offsets: closing a blob costs nothing. */
export class FolderBlobs implements Blobs {
  readonly #folder: string;
  readonly #shards = new Map<string, Promise<Shard>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async write(blob: Id, offset: number, bytes: Uint8Array): Promise<void> {
    const shard = await this.#shard(shardOf(blob));
    // Only the first piece makes the file, so only then has its name to be made durable.
    const create = offset === 0 ? constants.O_CREAT : 0;
    // Making a file may wait for the file system's journal, so that is left to a thread; handing over the bytes only touches memory.
    const file = await opened(join(shard.path, blob), constants.O_WRONLY | create, 0o600);
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, offset + done);
      await Promise.all([synced(file), offset === 0 ? shard.sync() : undefined]);
    } finally {
      closeSync(file);
    }
  }

  async read(blob: Id, start: number, end: number): Promise<Uint8Array> {
    const file = await opened(join(this.#folder, shardOf(blob), blob), constants.O_RDONLY);
    try {
      return await readAll(file, start, end);
    } finally {
      closeSync(file);
    }
  }

  async remove(blob: Id): Promise<void> {
    try {
      await unlinked(join(this.#folder, shardOf(blob), blob));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  async *list(): AsyncIterable<readonly Id[]> {
    for (const shard of '0123456789abcdefghjkmnpqrstvwxyz') {
      let folder;
      try {
        folder = await openedFolder(join(this.#folder, shard));
      } catch (error) {
        if (isMissing(error)) continue;
        throw error;
      }
      let names: Id[] = [];
      for await (const entry of folder) {
        names.push(entry.name);
        if (names.length === LISTED_AT_ONCE) {
          yield names;
          names = [];
        }
      }
      if (names.length > 0) yield names;
    }
  }

  async close(): Promise<void> {
    const shards = [...this.#shards.values()];
    this.#shards.clear();
    await Promise.all(shards.map(async (shard) => (await shard).close()));
  }

  #shard(name: string): Promise<Shard> {
    const known = this.#shards.get(name);
    if (known) return known;
    const made = makeShard(this.#folder, name);
    this.#shards.set(name, made);
    // A failed one is tried anew by the next caller.
    made.catch(() => this.#shards.delete(name));
    return made;
  }
}

/** A folder that stays open, because syncing it needs a handle. */
class Shard {
  readonly path: string;
  readonly #handle: number;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor(path: string, handle: number) {
    this.path = path;
    this.#handle = handle;
  }

  /** A sync that began before a name was made says nothing about it: such callers share the next one. */
  sync(): Promise<void> {
    if (!this.#running) return (this.#running = this.#run());
    this.#next ??= this.#running.then(
      () => this.#follow(),
      () => this.#follow(),
    );
    return this.#next;
  }

  close(): Promise<void> {
    return closed(this.#handle);
  }

  #follow(): Promise<void> {
    this.#next = null;
    return (this.#running = this.#run());
  }

  async #run(): Promise<void> {
    try {
      await folderSynced(this.#handle);
    } finally {
      if (!this.#next) this.#running = null;
    }
  }
}

async function makeShard(folder: string, name: string): Promise<Shard> {
  const path = join(folder, name);
  await mkdir(path, { recursive: true, mode: 0o700 });
  const parent = await opened(folder, constants.O_RDONLY);
  try {
    await folderSynced(parent);
  } finally {
    await closed(parent);
  }
  return new Shard(path, await opened(path, constants.O_RDONLY));
}

function readAll(file: number, start: number, end: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(end - start);
  return new Promise((resolve, reject) => {
    const step = (done: number): void => {
      if (done === bytes.length) return resolve(bytes);
      read(file, bytes, done, bytes.length - done, start + done, (error, count) => {
        if (error) reject(error);
        else if (count === 0) reject(new Error(`a blob ends at ${start + done} instead of ${end}`));
        else step(done + count);
      });
    };
    step(0);
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
