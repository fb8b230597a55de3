import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Failure } from '@earshot/protocol/failures.ts';

interface Settling {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Work extends Settling {
  readonly run: () => void;
}

/** So that nobody waits long however many come. */
const MOST_TURNS = 8;

/** Makes everything that was committed before the call durable. `waiting`: for how many, of whom the last came with this call. */
export type Sync = (waiting: number, done: (error: Error | null) => void) => void;

/**
 * Group commit: all that wants to write while the event loop is busy goes into one transaction, and all that was committed while
 * one fsync ran shares the next. Each piece of work has a savepoint of its own, so that one that fails takes nothing with it. A
 * promise resolves after the fsync, and so does what was read meanwhile: nobody is told what a power cut could undo.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #savepoint: StatementSync;
  readonly #release: StatementSync;
  readonly #sync: Sync;
  #waiting: Work[] = [];
  /** Committed, and waiting for the next fsync or for the one that runs. */
  #committed: Settling[] = [];
  #syncing: Settling[] | null = null;
  /** After an fsync that failed nobody knows what is on the disk: only a new start finds out. */
  #broken: Error | null = null;
  #closed = false;

  constructor(database: DatabaseSync, sync: Sync) {
    this.#database = database;
    this.#sync = sync;
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    this.#savepoint = database.prepare('SAVEPOINT work');
    this.#release = database.prepare('RELEASE work');
  }

  write<T>(work: () => T): Promise<T> {
    if (this.#closed) return Promise.reject(new Failure('server.busy', {}));
    if (this.#broken) return Promise.reject(this.#broken);
    return new Promise<T>((resolve, reject) => {
      let result: T;
      if (this.#waiting.length === 0) this.#await(0, MOST_TURNS);
      this.#waiting.push({ run: () => void (result = work()), resolve: () => resolve(result), reject });
    });
  }

  /** Commits as soon as nothing more arrives: while requests come in, one more turn of the event loop brings company. */
  #await(seen: number, turns: number): void {
    setImmediate(() => {
      const count = this.#waiting.length;
      if (count > seen && turns > 0) this.#await(count, turns - 1);
      else this.flush();
    });
  }

  /** What was read just now, as soon as all that it may have seen is durable. */
  durably<T>(value: T): Promise<T> {
    if (this.#broken) return Promise.reject(this.#broken);
    const last = this.#committed.length > 0 ? this.#committed : this.#syncing;
    if (!last) return Promise.resolve(value);
    return new Promise((resolve, reject) => void last.push({ resolve: () => resolve(value), reject }));
  }

  async close(): Promise<void> {
    this.flush();
    this.#closed = true;
    // Its failure was told to those who wrote.
    await this.durably(undefined).catch(() => undefined);
  }

  flush(): void {
    const batch = this.#waiting;
    if (batch.length === 0) return;
    this.#waiting = [];
    const done: Work[] = [];
    try {
      this.#begin.run();
      for (const work of batch) if (this.#one(work)) done.push(work);
      this.#commit.run();
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      for (const work of batch) work.reject(storageFailure(error));
      return;
    }
    this.#committed.push(...done);
    if (!this.#syncing) this.#settle();
  }

  #settle(): void {
    const batch = this.#committed;
    if (batch.length === 0) return;
    this.#committed = [];
    this.#syncing = batch;
    this.#sync(batch.length, (error) => {
      this.#syncing = null;
      if (error) return this.#fail(batch, error);
      for (const one of batch) one.resolve();
      this.#settle();
    });
  }

  #fail(batch: readonly Settling[], error: Error): void {
    this.#broken = error;
    // Those as well who have yet to be committed: the next fsync of this file would succeed, and say nothing of what the failed one lost before them.
    const all = [...batch, ...this.#committed, ...this.#waiting];
    this.#committed = [];
    this.#waiting = [];
    for (const one of all) one.reject(error);
  }

  /** False when the work failed, and only it. Throws when the whole transaction is gone. */
  #one(work: Work): boolean {
    this.#savepoint.run();
    try {
      work.run();
    } catch (error) {
      // A full disk or a failing one ends the transaction by itself.
      if (!this.#database.isTransaction) throw error;
      this.#database.exec('ROLLBACK TO work');
      this.#release.run();
      work.reject(storageFailure(error));
      return false;
    }
    this.#release.run();
    return true;
  }
}

export const SQLITE_BUSY = 5;
export const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
export const SQLITE_CONSTRAINT = 19;
export const SQLITE_NOTADB = 26;

export function storageFailure(error: unknown): unknown {
  const code = sqliteCode(error);
  if (code === SQLITE_FULL) return new Failure('server.storage', {}, { cause: error });
  if (code === SQLITE_BUSY) return new Failure('server.busy', {}, { cause: error });
  return error;
}

/** SQLite's primary result code, or null for other errors. */
export function sqliteCode(error: unknown): number | null {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : null;
}
