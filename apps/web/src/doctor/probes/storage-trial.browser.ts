import { echoAnswer } from '@earshot/protocol/echo.ts';

const NAME = 'earshot-doctor';
const BYTES = 65_536;

/** Writes a little beside everything else that is kept, reads it back, and removes it. */
export async function writeAndReadBack(signal: AbortSignal): Promise<'works' | 'refused' | 'damaged'> {
  try {
    const database = await settled(opening());
    try {
      const written = echoAnswer(BYTES);
      const transaction = database.transaction('trial', 'readwrite', { durability: 'strict' });
      const whole = new Promise<void>((resolve, reject) => {
        transaction.addEventListener('complete', () => resolve());
        transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('aborted')));
      });
      transaction.objectStore('trial').put(written, 'trial');
      await whole;
      signal.throwIfAborted();
      const read: unknown = await settled(database.transaction('trial').objectStore('trial').get('trial'));
      return read instanceof Uint8Array && read.length === BYTES && read.every((byte, at) => byte === written[at]) ? 'works' : 'damaged';
    } finally {
      database.close();
      indexedDB.deleteDatabase(NAME);
    }
  } catch (error) {
    if (signal.aborted) throw error;
    // Whatever the browser calls it: what was to be kept was not.
    return 'refused';
  }
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
