import { utf8 } from '@earshot/base/encoding.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Change, Entry, Store, Value } from '../store.ts';
import { sameValue } from '../stores/same-value.ts';
import type { Cipher } from '../keys/cipher.ts';
import { valueBytes, valueOf } from './value-bytes.ts';

/**
 * A store whose values nobody reads without the key of its cipher: what lies on the disk of a lost device. Keys of rows are ids only and stay as
 * they are; the bytes of blobs were sealed before they came here, and pass. Each value is bound to its row: none passes for another's.
 */
export function sealedStore(inner: Store, cipher: Cipher): Store {
  const sealed = async (row: string, value: Value): Promise<Value> => (passes(row) ? value : await cipher.seal(valueBytes(value), utf8(row)));
  const opened = async (row: string, value: Value): Promise<Value> => {
    if (passes(row)) return value;
    const bytes = value instanceof Uint8Array ? await cipher.open(value, utf8(row)) : null;
    if (bytes === null) throw new Failure('device.damaged', { row });
    return valueOf(bytes);
  };
  /** The stored form of what a batch expects; `broken` when something else is there. */
  const expectation = async (row: string, expected: Value | undefined): Promise<Change | 'broken'> => {
    const there = await inner.get(row);
    const holds = sameValue(there === undefined ? undefined : await opened(row, there), expected);
    return holds ? { expect: row, value: there } : 'broken';
  };
  const toInner = async (change: Change): Promise<Change | 'broken'> => {
    if ('expect' in change) return await expectation(change.expect, change.value);
    return 'put' in change ? { put: change.put, value: await sealed(change.put, change.value) } : change;
  };
  return {
    get: async (row) => {
      const value = await inner.get(row);
      return value === undefined ? undefined : await opened(row, value);
    },
    list: async (range) => await Promise.all((await inner.list(range)).map(async ([row, value]): Promise<Entry> => [row, await opened(row, value)])),
    commit: async (changes) => {
      for (;;) {
        const inside = await Promise.all(changes.map(toInner));
        const kept = inside.filter((change) => change !== 'broken');
        if (kept.length < inside.length) return false;
        if (await inner.commit(kept)) return true;
        // Somebody wrote in between, perhaps an equal value, which looks different each time that it is sealed: look again.
        if (!changes.some((change) => 'expect' in change)) return false;
      }
    },
    close: () => inner.close(),
  };
}

/** The row that did not open, where that is what failed. */
export function unopened(error: unknown): string | null {
  return error instanceof Failure && error.code === 'device.damaged' ? String(error.evidence['row']) : null;
}

/** What is sealed already, or says nothing. */
export function passes(row: string): boolean {
  return row.startsWith('b/') || row.startsWith('kept/') || row.startsWith('own/') || row.startsWith('damaged/') || row === 'epoch';
}
