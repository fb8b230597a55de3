import type { Entry, Range, Store, Value } from '../store.ts';
import { sameValue } from './same-value.ts';

/** A store that lives as long as the process: for tests, simulations and throw-away sessions. */
export function memoryStore(): Store {
  const values = new Map<string, Value>();
  let keys: string[] | null = null;
  const sorted = (): string[] => (keys ??= [...values.keys()].sort(byCodeUnit));
  return {
    get: async (key) => structuredClone(values.get(key)),
    list: async (range) => select(sorted(), range).map((key): Entry => [key, structuredClone(values.get(key)) ?? null]),
    commit: async (changes) => {
      if (!changes.every((change) => !('expect' in change) || sameValue(values.get(change.expect), change.value))) return false;
      for (const change of changes) {
        if ('put' in change) {
          if (!values.has(change.put)) keys = null;
          values.set(change.put, structuredClone(change.value));
        }
        if ('drop' in change && values.delete(change.drop)) keys = null;
      }
      return true;
    },
    close: async () => undefined,
  };
}

function byCodeUnit(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Index of the first key that is not before `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function select(keys: readonly string[], { from, to, limit = Infinity, reverse = false }: Range): string[] {
  const first = lowerBound(keys, from);
  const end = Math.max(first, lowerBound(keys, to));
  if (!reverse) return keys.slice(first, Math.min(end, first + limit));
  return keys.slice(Math.max(first, end - limit), end).toReversed();
}

