import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Failure } from '@earshot/protocol/failures.ts';

interface Work {
  readonly run: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** So that nobody waits long however many come. */
const MOST_TURNS = 8;

/**
 * Group commit: all that wants to write while the event loop is busy goes into one transaction, with one fsync for all. Each
 * piece of work has a savepoint of its own, so that one that fails takes nothing with it. A promise resolves after the commit.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #savepoint: StatementSync;
  readonly #release: StatementSync;
  #waiting: Work[] = [];
  #closed = false;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    this.#savepoint = database.prepare('SAVEPOINT work');
    this.#release = database.prepare('RELEASE work');
  }

  write<T>(work: () => T): Promise<T> {
    if (this.#closed) return Promise.reject(new Failure('server.busy', {}));
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

  close(): void {
    this.flush();
    this.#closed = true;
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
    for (const work of done) work.resolve();
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
