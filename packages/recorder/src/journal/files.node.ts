import { mkdir, open, readFile, readdir, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { JournalFile, JournalFiles } from './journal-files.ts';

/** Files in a folder of this machine. The folder is made when it is not there. */
export async function openNodeFiles(folder: string): Promise<JournalFiles> {
  await mkdir(folder, { recursive: true });
  return {
    create: async (name) => {
      const handle = await open(join(folder, name), 'wx+');
      // The name is safe only when the folder is: a file whose folder was not synced can be gone after a power cut.
      await handle.sync();
      await syncFolder(folder);
      return new NodeFile(handle, 0);
    },
    open: async (name) => {
      const handle = await open(join(folder, name), 'r+');
      return new NodeFile(handle, (await handle.stat()).size);
    },
    read: async (name, from = 0, to = Number.POSITIVE_INFINITY) => {
      if (from === 0 && to === Number.POSITIVE_INFINITY) return new Uint8Array(await readFile(join(folder, name)));
      return readPart(join(folder, name), from, to);
    },
    size: async (name) => (await stat(join(folder, name))).size,
    list: async () => (await readdir(folder)).sort(),
    remove: async (name) => {
      await rm(join(folder, name), { force: true });
      await syncFolder(folder);
    },
  };
}

async function readPart(path: string, from: number, to: number): Promise<Uint8Array<ArrayBuffer>> {
  const handle = await open(path, 'r');
  try {
    const bytes = new Uint8Array(Math.max(0, Math.min(to, (await handle.stat()).size) - from));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

class NodeFile implements JournalFile {
  readonly #handle: FileHandle;
  #size: number;

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  async append(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, this.#size);
      this.#size += bytesWritten;
      done += bytesWritten;
    }
  }

  flush(): Promise<void> {
    return this.#handle.datasync();
  }

  async truncate(size: number): Promise<void> {
    await this.#handle.truncate(size);
    this.#size = size;
    await this.#handle.sync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
