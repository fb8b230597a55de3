import type { JournalFile, JournalFiles } from './journal-files.ts';

const FILES = 'files';
/** Pieces of files under [name, offset], one for each append. */
const PIECES = 'pieces';

type Mode = 'relaxed' | 'strict';

/**
 * Files in IndexedDB, for engines without sync access handles. Slower than files, yet on the disk all the same: an append is a
 * transaction that has completed, and a flush a strict one behind it, which takes all earlier ones along to the disk.
 */
export async function openIndexedDbFiles(name: string): Promise<JournalFiles> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(FILES);
    request.result.createObjectStore(PIECES);
  };
  return new IndexedDbFiles(await result(request));
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('a request to the database failed'));
  });
}

/** Every piece of a file, or those that begin at `from` or later and not behind `to`. */
function pieces(name: string, from = 0, to = Number.POSITIVE_INFINITY): IDBKeyRange {
  return IDBKeyRange.bound([name, from], [name, to]);
}

function offsetOf(key: IDBValidKey | undefined): number {
  const offset: unknown = Array.isArray(key) ? key[1] : 0;
  return typeof offset === 'number' ? offset : 0;
}

class IndexedDbFiles implements JournalFiles {
  readonly #db: IDBDatabase;

  constructor(db: IDBDatabase) {
    this.#db = db;
  }

  async create(name: string): Promise<JournalFile> {
    await this.write('strict', (files) => files.add(true, name));
    return new IndexedDbFile(this, name, 0);
  }

  async open(name: string): Promise<JournalFile> {
    const bytes = await this.read(name);
    return new IndexedDbFile(this, name, bytes.length);
  }

  async read(name: string, from = 0, to = Number.POSITIVE_INFINITY): Promise<Uint8Array<ArrayBuffer>> {
    const tx = this.#db.transaction([FILES, PIECES], 'readonly');
    const known = result(tx.objectStore(FILES).getKey(name));
    // The piece in which `from` lies begins before it.
    const begun = result(tx.objectStore(PIECES).openKeyCursor(pieces(name, 0, from), 'prev'));
    if ((await known) === undefined) throw new Error(`there is no file ${name}`);
    const first = offsetOf((await begun)?.key);
    const parts = await result<unknown[]>(tx.objectStore(PIECES).getAll(pieces(name, first, to)));
    const bytes = await new Blob(parts as BlobPart[]).arrayBuffer();
    return new Uint8Array(bytes.slice(from - first, Math.min(bytes.byteLength, to - first)));
  }

  async size(name: string): Promise<number> {
    const tx = this.#db.transaction([FILES, PIECES], 'readonly');
    const known = result(tx.objectStore(FILES).getKey(name));
    const last = result(tx.objectStore(PIECES).openCursor(pieces(name), 'prev'));
    if ((await known) === undefined) throw new Error(`there is no file ${name}`);
    const piece = await last;
    return piece === null ? 0 : offsetOf(piece.key) + (piece.value as Uint8Array).length;
  }

  async list(): Promise<string[]> {
    const keys = await result(this.#db.transaction(FILES, 'readonly').objectStore(FILES).getAllKeys());
    return keys.map(String).sort();
  }

  async remove(name: string): Promise<void> {
    await this.write('strict', (files, parts) => {
      files.delete(name);
      parts.delete(pieces(name));
    });
  }

  /** Resolves when the transaction has completed. */
  write(durability: Mode, change: (files: IDBObjectStore, pieces: IDBObjectStore) => unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      const tx = this.#db.transaction([FILES, PIECES], 'readwrite', { durability });
      tx.oncomplete = () => resolve();
      tx.onabort = () => reject(tx.error ?? new Error('the transaction was aborted'));
      change(tx.objectStore(FILES), tx.objectStore(PIECES));
      tx.commit();
    });
  }
}

class IndexedDbFile implements JournalFile {
  readonly #disk: IndexedDbFiles;
  readonly #name: string;
  #size: number;

  constructor(disk: IndexedDbFiles, name: string, size: number) {
    this.#disk = disk;
    this.#name = name;
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  async append(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#disk.write('relaxed', (_, parts) => parts.add(bytes, [this.#name, this.#size]));
    this.#size += bytes.length;
  }

  flush(): Promise<void> {
    return this.#disk.write('strict', (files) => files.put(true, this.#name));
  }

  async truncate(size: number): Promise<void> {
    const whole = await this.#disk.read(this.#name);
    // Pieces have no fixed borders: the one across the cut is written anew, together with all before it.
    await this.#disk.write('strict', (_, parts) => {
      parts.delete(pieces(this.#name));
      if (size > 0) parts.add(whole.slice(0, size), [this.#name, 0]);
    });
    this.#size = size;
  }

  async close(): Promise<void> {
    // Transactions hold nothing between them.
  }
}
