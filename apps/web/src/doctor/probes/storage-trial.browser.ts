import { echoAnswer } from '@earshot/protocol/echo.ts';

const NAME = 'earshot-doctor';
/** To the database, where messages are; and to a file, where recordings are: what ten minutes of speaking take. */
const ROW = 65_536;
const FILE = 2_000_000;

export type StorageTrial = 'works' | 'refused' | 'full' | 'damaged';

/** Writes a little beside everything else that is kept, reads it back, and removes it. */
export async function writeAndReadBack(signal: AbortSignal): Promise<StorageTrial> {
  try {
    const whole = [await throughDatabase(), await throughFile()];
    signal.throwIfAborted();
    return whole.includes(false) ? 'damaged' : 'works';
  } catch (error) {
    if (signal.aborted) throw error;
    // Whatever else the browser calls it: what was to be kept was not.
    return error instanceof DOMException && error.name === 'QuotaExceededError' ? 'full' : 'refused';
  }
}

async function throughDatabase(): Promise<boolean> {
  const database = await settled(opening());
  try {
    const written = echoAnswer(ROW);
    const transaction = database.transaction('trial', 'readwrite', { durability: 'strict' });
    const whole = new Promise<void>((resolve, reject) => {
      transaction.addEventListener('complete', () => resolve());
      transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('aborted')));
    });
    transaction.objectStore('trial').put(written, 'trial');
    await whole;
    const read: unknown = await settled(database.transaction('trial').objectStore('trial').get('trial'));
    return read instanceof Uint8Array && isSame(read, written);
  } finally {
    database.close();
    indexedDB.deleteDatabase(NAME);
  }
}

/** Where a page may write files itself; elsewhere only a worker may, and the recorder tells how it went. */
async function throughFile(): Promise<boolean> {
  if (typeof navigator.storage?.getDirectory !== 'function' || !('createWritable' in FileSystemFileHandle.prototype)) return true;
  const folder = await navigator.storage.getDirectory();
  const file = await folder.getFileHandle(NAME, { create: true });
  try {
    const written = echoAnswer(FILE);
    const writing = await file.createWritable();
    await writing.write(written);
    await writing.close();
    return isSame(new Uint8Array(await (await file.getFile()).arrayBuffer()), written);
  } finally {
    await folder.removeEntry(NAME);
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

function opening(): IDBOpenDBRequest {
  const request = indexedDB.open(NAME, 1);
  request.addEventListener('upgradeneeded', () => request.result.createObjectStore('trial'));
  return request;
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('refused')));
  });
}
