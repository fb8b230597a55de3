import { shareFile } from './flusher.worker.ts';
import type { Flusher, Flushing } from './flusher.worker.ts';
import type { JournalFile, JournalFiles } from './journal-files.ts';

/**
 * Milliseconds to try again what another page is in the way of. A page that was just closed gives its files back only when its
 * worker has ended, and one that hangs is ended only after two seconds; and a file that grows while it is read is refused, which the next try, a moment later, mostly escapes.
 */
const PATIENCE = 4_000;
const IN_THE_WAY: ReadonlySet<string> = new Set(['NoModificationAllowedError', 'NotReadableError']);

/**
 * Files in the browser's private file system. A sync access handle writes straight to the disk's cache, without a queue or a
 * copy in the page, which is why killing the browser costs next to nothing. With a flusher, writing goes on during a flush.
 */
export async function openOpfsFiles(folderName: string, flusher: Flusher | null = null): Promise<JournalFiles> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(folderName, { create: true });
  if (flusher === null) return new OpfsFiles(folder, null);
  return new OpfsFiles(folder, { flusher, locks: await root.getDirectoryHandle(`${folderName}-locks`, { create: true }) });
}

/** A file that a flusher has open too can be opened by anybody; so that one alone writes, there is an empty file beside it, which cannot. */
interface Shared {
  readonly flusher: Flusher;
  readonly locks: FileSystemDirectoryHandle;
}

class OpfsFiles implements JournalFiles {
  readonly #folder: FileSystemDirectoryHandle;
  readonly #shared: Shared | null;
  readonly #open = new Map<string, OpfsFile>();

  constructor(folder: FileSystemDirectoryHandle, shared: Shared | null) {
    this.#folder = folder;
    this.#shared = shared;
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
    await removeFrom(this.#folder, name);
    if (this.#shared !== null) await removeFrom(this.#shared.locks, name);
  }

  async #access(handle: FileSystemFileHandle, name: string): Promise<OpfsFile> {
    const file = this.#shared === null ? new OpfsFile(await patiently(() => handle.createSyncAccessHandle())) : await this.#share(this.#shared, handle, name);
    file.onClosed = () => this.#open.delete(name);
    this.#open.set(name, file);
    return file;
  }

  async #share({ flusher, locks }: Shared, handle: FileSystemFileHandle, name: string): Promise<OpfsFile> {
    const guard = await locks.getFileHandle(name, { create: true });
    const lock = await patiently(() => guard.createSyncAccessHandle());
    try {
      return new OpfsFile(await patiently(() => shareFile(handle)), { lock, flushing: flusher.file(this.#folder.name, name) });
    } catch (error) {
      lock.close();
      throw error;
    }
  }
}

async function removeFrom(folder: FileSystemDirectoryHandle, name: string): Promise<void> {
  try {
    await folder.removeEntry(name);
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'NotFoundError')) throw error;
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
  onClosed: () => void = () => undefined;
  readonly #access: FileSystemSyncAccessHandle;
  readonly #beside: { readonly lock: FileSystemSyncAccessHandle; readonly flushing: Flushing } | null;
  #size: number;

  constructor(access: FileSystemSyncAccessHandle, beside: { readonly lock: FileSystemSyncAccessHandle; readonly flushing: Flushing } | null = null) {
    this.#access = access;
    this.#beside = beside;
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
    if ((await this.#beside?.flushing.flush()) !== true) this.#access.flush();
  }

  async truncate(size: number): Promise<void> {
    this.#access.truncate(size);
    this.#size = size;
    this.#access.flush();
  }

  async close(): Promise<void> {
    this.onClosed();
    this.#access.close();
    await this.#beside?.flushing.close();
    this.#beside?.lock.close();
  }

  read(from: number, to: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(Math.max(0, Math.min(this.#size, to) - from));
    const count = this.#access.read(bytes, { at: from });
    return bytes.subarray(0, count);
  }
}
