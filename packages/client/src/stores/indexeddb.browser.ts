import { Failure } from '@earshot/protocol/failures.ts';
import type { Change, Entry, Range, Store, Value } from '../store.ts';
import { sameValue } from './same-value.ts';

/**
 * A store in IndexedDB, shared by all pages of the origin. Commits ask for `durability: 'strict'`: they resolve after the disk has
 * them. Strings as keys are compared by UTF-16 code unit by IndexedDB itself.
 */
export async function indexedDbStore(name: string): Promise<Store> {
  const database = await open(name);
  const reading = (): IDBObjectStore => database.transaction('entries', 'readonly').objectStore('entries');
  return {
    get: async (key) => (await answer(reading().get(key))) as Value | undefined,
    list: (range) => list(reading(), range),
    commit: (changes) => commit(database, changes),
    close: async () => database.close(),
  };
}

function open(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore('entries');
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      // Another page may want to delete or upgrade it (sign-out everywhere, a newer version): never stand in its way.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
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
function commit(database: IDBDatabase, changes: readonly Change[]): Promise<boolean> {
  const transaction = database.transaction('entries', 'readwrite', { durability: 'strict' });
  const entries = transaction.objectStore('entries');
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
