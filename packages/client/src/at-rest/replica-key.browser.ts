import { Failure } from '@earshot/protocol/failures.ts';

/**
 * The key under which this origin's store lies in the browser: made here, kept in a database of its own, and never to be had out of it (a script can use
 * it, but not read it).
 */
const STORE = 'keys';
const ROW = 'replica';

/** The key, made when there is none. Of several pages that open at once the first one's key counts. */
export async function openReplicaKey(name: string): Promise<CryptoKey> {
  const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  return await inKeys(name, (keys, answer) => {
    const known = keys.get(ROW);
    known.onsuccess = () => {
      answer((known.result as CryptoKey | undefined) ?? made);
      if (known.result === undefined) keys.put(made, ROW);
    };
  });
}

/** Whatever lies in the store is nobody's any more. */
export async function destroyReplicaKey(name: string): Promise<void> {
  await inKeys<null>(name, (keys, answer) => {
    keys.delete(ROW);
    answer(null);
  });
}

/** One durable transaction over the keys; resolves with the answer once the disk has it. */
async function inKeys<T>(name: string, work: (keys: IDBObjectStore, answer: (value: T) => void) => void): Promise<T> {
  const database = await openDatabase(`${name}-key`);
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(STORE, 'readwrite', { durability: 'strict' });
      transaction.onabort = () => reject(failureOf(transaction.error));
      work(transaction.objectStore(STORE), (value) => {
        transaction.oncomplete = () => resolve(value);
      });
    });
  } finally {
    database.close();
  }
}

function openDatabase(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(failureOf(request.error));
  });
}

function failureOf(error: DOMException | null): Failure {
  return new Failure('device.storage', { reason: error?.name ?? 'aborted' }, { cause: error });
}
