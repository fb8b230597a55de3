import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** While it is full half of what is written fits. */
export interface Disk {
  full: boolean;
}

/**
 * As much of a browser's handles as a vault needs, over a real folder, with the errors that a browser has. Its classes are put where
 * a browser has its own.
 */
class DirectoryHandle {
  readonly name: string;
  readonly #path: string;
  readonly #disk: Disk;

  constructor(path: string, disk: Disk) {
    this.name = basename(path);
    this.#path = path;
    this.#disk = disk;
  }

  async getDirectoryHandle(name: string, { create = false } = {}): Promise<DirectoryHandle> {
    const path = join(this.#path, name);
    await named(async () => await (create ? mkdirUnlessThere(path) : stat(path)));
    return new DirectoryHandle(path, this.#disk);
  }

  async getFileHandle(name: string, { create = false } = {}): Promise<FileHandle> {
    const path = join(this.#path, name);
    await named(async () => await (create ? (await open(path, 'a')).close() : stat(path)));
    return new FileHandle(path, this.#disk);
  }

  async removeEntry(name: string): Promise<void> {
    await named(async () => await rm(join(this.#path, name)));
  }

  async *entries(): AsyncGenerator<[string, DirectoryHandle | FileHandle], undefined> {
    for (const entry of await named(async () => await readdir(this.#path, { withFileTypes: true }))) {
      const path = join(this.#path, entry.name);
      yield [entry.name, entry.isDirectory() ? new DirectoryHandle(path, this.#disk) : new FileHandle(path, this.#disk)];
    }
  }

  async *keys(): AsyncGenerator<string, undefined> {
    for await (const [name] of this.entries()) yield name;
  }
}

class FileHandle {
  readonly #path: string;
  readonly #disk: Disk;

  constructor(path: string, disk: Disk) {
    this.#path = path;
    this.#disk = disk;
  }

  async getFile(): Promise<{ readonly size: number; readonly lastModified: number; readonly arrayBuffer: () => Promise<ArrayBuffer> }> {
    const { size, mtimeMs } = await named(async () => await stat(this.#path));
    return { size, lastModified: mtimeMs, arrayBuffer: async () => new Uint8Array(await named(async () => await readFile(this.#path))).buffer };
  }

  async createWritable(): Promise<{ readonly write: (bytes: Uint8Array) => Promise<void>; readonly close: () => Promise<void> }> {
    const file = await named(async () => await open(`${this.#path}.crswap`, 'w'));
    return {
      write: async (bytes) => {
        await file.writeFile(this.#disk.full ? bytes.subarray(0, bytes.length / 2) : bytes);
        if (!this.#disk.full) return;
        // A browser gives the file up, and what it has written beside.
        await file.close();
        await rm(`${this.#path}.crswap`);
        throw new DOMException('there is no room', 'QuotaExceededError');
      },
      close: async () => {
        await file.close();
        await named(async () => await rename(`${this.#path}.crswap`, this.#path));
      },
    };
  }
}

async function mkdirUnlessThere(path: string): Promise<void> {
  await mkdir(path).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
}

async function named<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    throw new DOMException(String(error), code === 'ENOENT' ? 'NotFoundError' : code === 'EIO' ? 'NotReadableError' : 'InvalidStateError');
  }
}

/** A handle for a folder that is there, on a disk that may become full. */
export function handleOf(folder: string, disk: Disk = { full: false }): FileSystemDirectoryHandle {
  Object.assign(globalThis, { FileSystemDirectoryHandle: DirectoryHandle, FileSystemFileHandle: FileHandle });
  return new DirectoryHandle(folder, disk) as unknown as FileSystemDirectoryHandle;
}
