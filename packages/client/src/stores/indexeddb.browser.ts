import { Failure } from '@earshot/protocol/failures.ts';
import type { Change, Entry, Range, Store, Value } from '../store.ts';
import { sameValue } from './same-value.ts';

/** How a browser says that a connection serves no more. */
const LOST: ReadonlySet<unknown> = new Set(['InvalidStateError', 'UnknownError']);

/**
 * A store in IndexedDB, shared by all pages of the origin. Commits ask for `durability: 'strict'`: they resolve after the disk has
 * them. Strings as keys are compared by UTF-16 code unit by IndexedDB itself.
 */
export async function indexedDbStore(name: string): Promise<Store> {
  const connection = new Connection(name);
  await connection.opened();
  return {
    get: (key) => connection.run('readonly', async (reading) => (await answer(entriesOf(reading).get(key))) as Value | undefined),
    list: (range) => connection.run('readonly', (reading) => list(entriesOf(reading), range)),
    commit: (changes) => connection.run('readwrite', (writing) => commit(writing, changes)),
    close: () => connection.close(),
  };
}

/** The way to the database. A browser may close it while the app is in the background, or when its disk fails: whoever comes next opens it again. */
class Connection {
  readonly #name: string;
  /** Shared by all who wait for it. */
  #opening: Promise<IDBDatabase> | null = null;
  #ended = false;

  constructor(name: string) {
    this.#name = name;
  }

  opened(): Promise<IDBDatabase> {
    if (this.#ended) return Promise.reject(new Failure('device.storage', { reason: 'closed' }));
    return (this.#opening ??= this.#open());
  }

  /** Where no transaction can be had nothing of it has begun: it is safe to ask once more. One that fails in the middle is not repeated. */
  async run<T>(mode: IDBTransactionMode, work: (transaction: IDBTransaction) => Promise<T>): Promise<T> {
    let opening = this.opened();
    let transaction = begin(await opening, mode);
    if (transaction === null) {
      await this.#lost(opening);
      opening = this.opened();
      transaction = begin(await opening, mode);
    }
    if (transaction === null) throw new Failure('device.storage', { reason: 'lost' });
    try {
      return await work(transaction);
    } catch (error) {
      if (error instanceof Failure && LOST.has(error.evidence['reason'])) await this.#lost(opening);
      throw error;
    }
  }

  /** For good. What was begun comes to its end. */
  async close(): Promise<void> {
    this.#ended = true;
    if (this.#opening !== null) await this.#lost(this.#opening);
  }

  #open(): Promise<IDBDatabase> {
    const opening = open(this.#name).then((database) => {
      database.onclose = () => this.#forget(opening);
      // Another page may want to delete or upgrade it (sign-out everywhere, a newer version): never stand in its way, nor come back to it.
      database.onversionchange = () => {
        this.#ended = true;
        database.close();
      };
      return database;
    });
    opening.catch(() => this.#forget(opening));
    return opening;
  }

  #forget(opening: Promise<IDBDatabase>): void {
    if (this.#opening === opening) this.#opening = null;
  }

  async #lost(opening: Promise<IDBDatabase>): Promise<void> {
    this.#forget(opening);
    const database = await opening.catch(() => null);
    database?.close();
  }
}

/** Null: the connection is lost. */
function begin(database: IDBDatabase, mode: IDBTransactionMode): IDBTransaction | null {
  try {
    return database.transaction('entries', mode, { durability: 'strict' });
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    if (LOST.has(error.name)) return null;
    throw failureOf(error);
  }
}

function entriesOf(transaction: IDBTransaction): IDBObjectStore {
  return transaction.objectStore('entries');
}

function open(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore('entries');
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(failureOf(request.error));
  });
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(failureOf(request.error));
  });
}

async function list(entries: IDBObjectStore, { from, to, limit, reverse = false }: Range): Promise<Entry[]> {
  if (from >= to || limit === 0) return [];
  const range = IDBKeyRange.bound(from, to, false, true);
  if (reverse) return listBackwards(entries, range, limit ?? Infinity);
  const [keys, values] = await Promise.all([answer(entries.getAllKeys(range, limit)), answer(entries.getAll(range, limit))]);
  return keys.map((key, at): Entry => [key as string, values[at] as Value]);
}

function listBackwards(entries: IDBObjectStore, range: IDBKeyRange, limit: number): Promise<Entry[]> {
  const request = entries.openCursor(range, 'prev');
  const found: Entry[] = [];
  return new Promise((resolve, reject) => {
    request.onerror = () => reject(failureOf(request.error));
    request.onsuccess = () => {
      const cursor = request.result;
      if (cursor === null || found.length >= limit) return resolve(found);
      found.push([cursor.key as string, cursor.value as Value]);
      if (found.length >= limit) return resolve(found);
      cursor.continue();
    };
  });
}

/** One transaction: what is expected is read in it, so nobody can come between. Everything is queued before anything is awaited. */
function commit(transaction: IDBTransaction, changes: readonly Change[]): Promise<boolean> {
  const entries = entriesOf(transaction);
  let kept = true;
  const finished = new Promise<boolean>((resolve, reject) => {
    transaction.oncomplete = () => resolve(true);
    transaction.onabort = () => (kept ? reject(failureOf(transaction.error)) : resolve(false));
  });
  const expected = changes.filter((change) => 'expect' in change);
  const write = (): void => {
    for (const change of changes) {
      if ('put' in change) entries.put(change.value, change.put);
      if ('drop' in change) entries.delete(change.drop);
    }
  };
  let unchecked = expected.length;
  for (const { expect, value } of expected) {
    const request = entries.get(expect);
    request.onsuccess = () => {
      if (!kept) return;
      if (!sameValue(request.result as Value | undefined, value)) {
        kept = false;
        transaction.abort();
        return;
      }
      unchecked -= 1;
      if (unchecked === 0) write();
    };
  }
  if (unchecked === 0) write();
  return finished;
}

/** A full disk, or a database that the browser has closed or lost: either way this device's storage failed. */
function failureOf(error: DOMException | null): Failure {
  return new Failure('device.storage', { reason: error?.name ?? 'aborted' }, { cause: error });
}
