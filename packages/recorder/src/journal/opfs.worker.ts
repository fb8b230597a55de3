import type { JournalFile, JournalFiles } from './journal-files.ts';

/**
 * Milliseconds to try again what another page is in the way of. A page that was just closed gives its files back only when its
 * worker has ended, and one that hangs is ended only after two seconds; and a file that grows while it is read is refused, which the next try, a moment later, mostly escapes.
 */
const PATIENCE = 4_000;
const IN_THE_WAY: ReadonlySet<string> = new Set(['NoModificationAllowedError', 'NotReadableError']);

/**
 * Files in the browser's private file system. A sync access handle writes straight to the disk's cache, without a queue or a
 * copy in the page, which is why killing the browser costs next to nothing.
 */
export async function openOpfsFiles(folderName: string): Promise<JournalFiles> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(folderName, { create: true });
  return new OpfsFiles(folder);
}

class OpfsFiles implements JournalFiles {
  readonly #folder: FileSystemDirectoryHandle;
  readonly #open = new Map<string, OpfsFile>();

  constructor(folder: FileSystemDirectoryHandle) {
    this.#folder = folder;
  }

  async create(name: string): Promise<JournalFile> {
    if ((await this.list()).includes(name)) throw new Error(`there is a file ${name}`);
    const file = await this.#access(await this.#folder.getFileHandle(name, { create: true }), name);
    await file.flush();
    return file;
  }

  async open(name: string): Promise<JournalFile> {
    return this.#access(await this.#folder.getFileHandle(name), name);
  }

  async read(name: string, from = 0, to = Number.POSITIVE_INFINITY): Promise<Uint8Array<ArrayBuffer>> {
    const open = this.#open.get(name);
    if (open !== undefined) return open.read(from, to);
    const handle = await this.#folder.getFileHandle(name);
    return patiently(async () => {
      const file = await handle.getFile();
      return new Uint8Array(await file.slice(from, Math.min(file.size, to)).arrayBuffer());
    });
  }

  async size(name: string): Promise<number> {
    const open = this.#open.get(name);
    if (open !== undefined) return open.size;
    return (await (await this.#folder.getFileHandle(name)).getFile()).size;
  }

  async list(): Promise<string[]> {
    const names: string[] = [];
    for await (const name of this.#folder.keys()) names.push(name);
    return names.sort();
  }

  async remove(name: string): Promise<void> {
    try {
      await this.#folder.removeEntry(name);
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'NotFoundError')) throw error;
    }
  }

  async #access(handle: FileSystemFileHandle, name: string): Promise<OpfsFile> {
    const access = await patiently(() => handle.createSyncAccessHandle());
    const file = new OpfsFile(access, () => this.#open.delete(name));
    this.#open.set(name, file);
    return file;
  }
}

async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  const end = performance.now() + PATIENCE;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const passing = error instanceof DOMException && IN_THE_WAY.has(error.name);
      if (!passing || performance.now() > end) throw error;
      // Out of step with a writer that comes every 20 ms.
      await new Promise((resolve) => setTimeout(resolve, 7));
    }
  }
}

class OpfsFile implements JournalFile {
  readonly #access: FileSystemSyncAccessHandle;
  readonly #closed: () => void;
  #size: number;

  constructor(access: FileSystemSyncAccessHandle, closed: () => void) {
    this.#access = access;
    this.#closed = closed;
    this.#size = access.getSize();
  }

  get size(): number {
    return this.#size;
  }

  async append(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const written = this.#access.write(bytes, { at: this.#size });
    this.#size += written;
    if (written < bytes.length) throw new DOMException(`${written} of ${bytes.length} bytes were written`, 'QuotaExceededError');
  }

  async flush(): Promise<void> {
    this.#access.flush();
  }

  async truncate(size: number): Promise<void> {
    this.#access.truncate(size);
    this.#size = size;
    this.#access.flush();
  }

  async close(): Promise<void> {
    this.#closed();
    this.#access.close();
  }

  read(from: number, to: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(Math.max(0, Math.min(this.#size, to) - from));
    const count = this.#access.read(bytes, { at: from });
    return bytes.subarray(0, count);
  }
}
