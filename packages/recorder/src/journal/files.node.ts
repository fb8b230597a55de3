import { mkdir, open, readFile, readdir, rm } from 'node:fs/promises';
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
    read: async (name) => new Uint8Array(await readFile(join(folder, name))),
    list: async () => (await readdir(folder)).sort(),
    remove: async (name) => {
      await rm(join(folder, name), { force: true });
      await syncFolder(folder);
    },
  };
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
