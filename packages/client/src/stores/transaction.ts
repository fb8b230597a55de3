import { assert } from '@earshot/base/assert.ts';
import type { Change, Entry, Range, Store, Value } from '../store.ts';

/** Reads through to the store, remembers what it saw and what it will write. */
export class Transaction {
  readonly #store: Store;
  readonly #seen = new Map<string, Value | undefined>();
  readonly #writes = new Map<string, Value | undefined>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** The value as this transaction sees it. Rows are what the same room wrote: their type is known by their key. */
  async get<T extends Value>(key: string): Promise<T | undefined> {
    if (this.#writes.has(key)) return this.#writes.get(key) as T | undefined;
    if (!this.#seen.has(key)) this.#seen.set(key, await this.#store.get(key));
    return this.#seen.get(key) as T | undefined;
  }

  put(key: string, value: Value): void {
    this.#writes.set(key, value);
  }

  drop(key: string): void {
    this.#writes.set(key, undefined);
  }

  /** Like the store's `list`, with one's own writes in it. What is listed is not guarded: guard the row that owns it. */
  async list({ from, to, limit = Infinity }: Omit<Range, 'reverse'>): Promise<Entry[]> {
    const mine = [...this.#writes].filter(([key]) => key >= from && key < to);
    const stored = await this.#store.list({ from, to, ...(limit !== Infinity && { limit: limit + mine.length }) });
    const merged = new Map<string, Value | undefined>([...stored, ...mine]);
    const present = [...merged].filter((entry): entry is [string, Value] => entry[1] !== undefined);
    return present.sort(([one], [other]) => (one < other ? -1 : 1)).slice(0, limit);
  }

  changes(): Change[] {
    const guards = [...this.#seen].map(([expect, value]): Change => ({ expect, value }));
    const writes = [...this.#writes].map(([key, value]): Change => (value === undefined ? { drop: key } : { put: key, value }));
    return writes.length === 0 ? [] : [...guards, ...writes];
  }
}

/** Others can only win finitely often; more rounds than this are a bug of ours. */
const ROUNDS = 1_000;

/**
 * Runs `work` and commits its writes in one durable step, if nothing that it read has changed meanwhile; otherwise runs it anew.
 * `work` must therefore do nothing but read and write through the transaction.
 */
export async function transact<T>(store: Store, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const transaction = new Transaction(store);
    const result = await work(transaction);
    const changes = transaction.changes();
    if (changes.length === 0 || (await store.commit(changes))) return result;
  }
  return assert(false, 'a transaction never came through') as never;
}
