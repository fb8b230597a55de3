import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Store } from '../store.ts';
import { indexedDbStore } from './indexeddb.browser.ts';

/** What of IndexedDB the store needs for single rows. Its connections are lost as a browser loses them; the rows outlast that. */
class FakeBrowser {
  readonly rows = new Map<string, unknown>();
  readonly connections: FakeConnection[] = [];
  /** No connection that is opened from now on serves. */
  broken = false;
  /** Transactions that end with this error in the middle. */
  readonly aborts: string[] = [];
  /** What was asked for with each transaction that writes. */
  readonly writing: unknown[] = [];

  open(): Request<FakeConnection> {
    const connection = new FakeConnection(this);
    this.connections.push(connection);
    connection.closed = this.broken;
    return answered(connection);
  }
}

interface Request<T> {
  result: T;
  onsuccess?: () => void;
}

function answered<T>(result: T): Request<T> {
  const request: Request<T> = { result };
  setImmediate(() => request.onsuccess?.());
  return request;
}

class FakeConnection {
  readonly #browser: FakeBrowser;
  closed = false;
  onclose?: () => void;
  onversionchange?: () => void;

  constructor(browser: FakeBrowser) {
    this.#browser = browser;
  }

  close(): void {
    this.closed = true;
  }

  transaction(_: string, mode: string, options?: object): object {
    const { rows, aborts, writing } = this.#browser;
    if (this.closed) throw new DOMException('the connection is closed', 'InvalidStateError');
    if (mode !== 'readonly') writing.push(options);
    const abort = aborts.shift();
    const transaction: { oncomplete?: () => void; onabort?: () => void; error?: DOMException; objectStore: () => object } = {
      objectStore: () => ({
        get: (key: string) => answered(rows.get(key)),
        put: (value: unknown, key: string) => void (abort ?? rows.set(key, value)),
      }),
    };
    setImmediate(() => {
      if (abort === undefined) return transaction.oncomplete?.();
      transaction.error = new DOMException('lost', abort);
      transaction.onabort?.();
    });
    return transaction;
  }
}

let browser: FakeBrowser;
let store: Store;

beforeEach(async () => {
  browser = new FakeBrowser();
  Object.assign(globalThis, { indexedDB: browser });
  store = await indexedDbStore('store');
  await store.commit([{ put: 'row', value: 1 }]);
});

const failsFor = (reason: string) => ({ name: 'Failure', code: 'device.storage', evidence: { reason } });

test('[DISK1] whatever writes asks for the disk, not for the memory of the system', async () => {
  await store.commit([{ put: 'row', value: 2 }]);
  await store.commit([{ expect: 'row', value: 2 }, { put: 'other', value: 3 }]);
  assert.deepEqual(browser.writing, [{ durability: 'strict' }, { durability: 'strict' }, { durability: 'strict' }]);
});

for (const how of ['said', 'unsaid'] as const) {
  test(`[DISK8] a connection that the browser closed, ${how}, is opened again, once for all who come`, async () => {
    const [first] = browser.connections;
    first?.close();
    if (how === 'said') first?.onclose?.();
    assert.deepEqual(await Promise.all([store.get('row'), store.commit([{ put: 'other', value: 2 }]), store.get('row')]), [1, true, 1]);
    assert.equal(await store.get('other'), 2);
    assert.equal(browser.connections.length, 2);
  });
}

test('[DISK8] where the new connection serves no more than the old one, it is a failure of the closed list, and the next one is tried', async () => {
  browser.broken = true;
  browser.connections[0]?.close();
  await assert.rejects(store.get('row'), failsFor('lost'));
  await assert.rejects(store.commit([{ put: 'row', value: 2 }]), failsFor('lost'));
  browser.broken = false;
  assert.equal(await store.get('row'), 1);
});

test('[DISK8] a batch that fails in the middle is not repeated; what comes after it goes over another connection', async () => {
  browser.aborts.push('UnknownError');
  await assert.rejects(store.commit([{ put: 'row', value: 2 }]), failsFor('UnknownError'));
  assert.equal(await store.get('row'), 1);
  assert.equal(browser.connections.length, 2);
  browser.aborts.push('QuotaExceededError');
  await assert.rejects(store.commit([{ put: 'row', value: 2 }]), failsFor('QuotaExceededError'));
  assert.equal(await store.get('row'), 1);
  assert.equal(browser.connections.length, 2);
});

test('[DISK8] a store that was closed, or had to make way for a newer version, is not opened again', async () => {
  const other = await indexedDbStore('store');
  await store.close();
  browser.connections[1]?.onversionchange?.();
  for (const one of [store, other]) {
    await assert.rejects(one.get('row'), failsFor('closed'));
    await assert.rejects(one.commit([{ put: 'row', value: 2 }]), failsFor('closed'));
  }
  assert.deepEqual(browser.connections.map(({ closed }) => closed), [true, true]);
});
