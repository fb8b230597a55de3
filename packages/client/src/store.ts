/**
 * The client's disk as a port: ordered keys, atomic batches. Replica, outbox, sealed bytes and settings all live here, so that a
 * cursor and its data, or an outbox row and its bytes, move in one step.
 *
 * Laws (held by `store.contract.ts`)
 * 1. `commit` resolves after the whole batch is durable; when it rejects, none of it is there. There is no half.
 * 2. Later reads see what earlier commits wrote, also after the process was killed.
 * 3. Keys are compared by UTF-16 code unit; `list` returns them in that order.
 * 4. Values come back equal: structured data with strings, finite numbers, booleans, null, arrays, plain objects, `Uint8Array`.
 * 5. A full disk rejects with `device.storage`; what was there stays.
 * 6. Several pages or processes may have the same store open. A batch with an `expect` that no longer holds changes nothing, and
 *    `commit` resolves with false: read again, decide again.
 */
export interface Store {
  get(key: string): Promise<Value | undefined>;
  list(range: Range): Promise<Entry[]>;
  commit(changes: readonly Change[]): Promise<boolean>;
  close(): Promise<void>;
}

export type Value = string | number | boolean | null | Uint8Array<ArrayBuffer> | readonly Value[] | { readonly [field: string]: Value | undefined };
export type Entry = readonly [key: string, value: Value];

/** Keys from `from` (inclusive) to `to` (exclusive), at most `limit`, from the end when `reverse`. */
export interface Range {
  readonly from: string;
  readonly to: string;
  readonly limit?: number;
  readonly reverse?: boolean;
}

export type Change =
  | { readonly put: string; readonly value: Value }
  | { readonly drop: string }
  /** Holds when the key has an equal value, or none for `undefined`. */
  | { readonly expect: string; readonly value: Value | undefined };
