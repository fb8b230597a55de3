import { deserialize, serialize } from 'node:v8';
import { DatabaseSync } from 'node:sqlite';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Change, Entry, Range, Store, Value } from '../store.ts';
import { sameValue } from './same-value.ts';

export interface SqliteStoreOptions {
  /** Pages of 4 KiB that the file may grow to; without it as far as the disk goes. */
  readonly maxPages?: number;
}

/**
 * A store in one SQLite file that several processes may have open. WAL with `synchronous = FULL`: a commit is on the disk when it
 * resolves. Keys are kept as UTF-16 big-endian blobs, because SQLite compares text by its UTF-8 bytes, which is another order.
 */
export function sqliteStore(file: string, { maxPages }: SqliteStoreOptions = {}): Store {
  const database = open(file);
  if (maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${maxPages}`);
  const statements = {
    get: database.prepare('SELECT value FROM entries WHERE key = ?'),
    put: database.prepare('INSERT INTO entries (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value'),
    drop: database.prepare('DELETE FROM entries WHERE key = ?'),
    up: database.prepare('SELECT key, value FROM entries WHERE key >= ? AND key < ? ORDER BY key LIMIT ?'),
    down: database.prepare('SELECT key, value FROM entries WHERE key >= ? AND key < ? ORDER BY key DESC LIMIT ?'),
  };
  const read = (key: string): Value | undefined => {
    const row = statements.get.get(keyBytes(key));
    return row === undefined ? undefined : load(row['value']);
  };
  const apply = (change: Change): void => {
    if ('put' in change) statements.put.run(keyBytes(change.put), serialize(change.value));
    if ('drop' in change) statements.drop.run(keyBytes(change.drop));
  };
  return {
    get: async (key) => read(key),
    list: async ({ from, to, limit = -1, reverse = false }: Range) => {
      const rows = statements[reverse ? 'down' : 'up'].all(keyBytes(from), keyBytes(to), limit);
      return rows.map((row): Entry => [keyText(row['key']), load(row['value'])]);
    },
    commit: async (changes) => {
      return inTransaction(database, () => {
        for (const change of changes) {
          if ('expect' in change && !sameValue(read(change.expect), change.value)) return false;
        }
        changes.forEach(apply);
        return true;
      });
    },
    close: async () => {
      if (database.isOpen) database.close();
    },
  };
}

function open(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA busy_timeout = 10000');
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL');
  // Coming back after thousands of events: the log is folded into the file every 16 MB instead of with every second page of events.
  database.exec('PRAGMA wal_autocheckpoint = 4000');
  database.exec('CREATE TABLE IF NOT EXISTS entries (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID');
  return database;
}

/** Runs `work` as one durable step. What it throws leaves nothing behind. */
function inTransaction(database: DatabaseSync, work: () => boolean): boolean {
  try {
    database.exec('BEGIN IMMEDIATE');
    const kept = work();
    database.exec(kept ? 'COMMIT' : 'ROLLBACK');
    return kept;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw isFull(error) ? new Failure('device.storage', {}, { cause: error }) : error;
  }
}

const SQLITE_FULL = 13;
/** What SQLite reports when the file system refuses a write, a full one included. */
const SQLITE_IOERR_WRITE = 778;

function isFull(error: unknown): boolean {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return code === SQLITE_FULL || code === SQLITE_IOERR_WRITE;
}

function keyBytes(key: string): Uint8Array {
  return Buffer.from(key, 'utf16le').swap16();
}

function keyText(bytes: unknown): string {
  return Buffer.from(bytes as Uint8Array).swap16().toString('utf16le');
}

/** Buffers come back from `deserialize` for a Uint8Array that was one; the port promises plain arrays of bytes. */
function load(bytes: unknown): Value {
  return deserialize(bytes as Uint8Array) as Value;
}
