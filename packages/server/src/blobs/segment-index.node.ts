import { existsSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { SQLITE_BUSY, SQLITE_CORRUPT, SQLITE_NOTADB, sqliteCode } from '../store/sqlite-commit.node.ts';
import { number, text, type Row } from '../store/sqlite-rows.node.ts';
import { HEAD_BYTES, type Piece } from './segment-format.node.ts';

/** A new shape of the index gets a new number: an old one is made anew. */
const VERSION = 1;
const schema = `
CREATE TABLE piece (
  blob TEXT NOT NULL, origin INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL, segment INTEGER NOT NULL, position INTEGER NOT NULL,
  PRIMARY KEY (blob, origin)
) STRICT, WITHOUT ROWID;
-- Complete up to a position; bytes of pieces that count, heads included.
CREATE TABLE segment (number INTEGER PRIMARY KEY, complete INTEGER NOT NULL, live INTEGER NOT NULL) STRICT;
PRAGMA user_version = ${VERSION}`;

export interface SegmentState {
  readonly number: number;
  /** Up to here its pieces are in the index. */
  readonly complete: number;
  /** Bytes of pieces that still count, heads included. */
  readonly live: number;
}

/**
 * Where the pieces of each blob are: a cache of the segments, in a file that only one process may have open. Additions wait in
 * memory until there are some, because the segments tell them again after a crash; the rest is a transaction each.
 */
export class SegmentIndex {
  readonly #database: DatabaseSync;
  readonly #sql;
  #waiting = new Map<Id, Piece[]>();
  #complete = new Map<number, number>();
  #count = 0;

  /** Fails with `server.data-in-use`. */
  constructor(path: string) {
    this.#database = openCache(path);
    this.#sql = {
      begin: this.#database.prepare('BEGIN'),
      commit: this.#database.prepare('COMMIT'),
      pieces: this.#database.prepare('SELECT * FROM piece WHERE blob = ? ORDER BY origin'),
      known: this.#database.prepare('SELECT segment, position FROM piece WHERE blob = ? AND origin = ?'),
      insert: this.#database.prepare('INSERT OR IGNORE INTO piece (blob, origin, offset, length, segment, position) VALUES (?, ?, ?, ?, ?, ?)'),
      move: this.#database.prepare('UPDATE piece SET segment = ?, position = ? WHERE blob = ? AND origin = ? AND segment = ?'),
      remove: this.#database.prepare('DELETE FROM piece WHERE blob = ? RETURNING segment, length'),
      complete: this.#database.prepare('INSERT INTO segment (number, complete, live) VALUES (?1, ?2, 0) ON CONFLICT (number) DO UPDATE SET complete = max(complete, ?2)'),
      live: this.#database.prepare('INSERT INTO segment (number, complete, live) VALUES (?1, 0, ?2) ON CONFLICT (number) DO UPDATE SET live = live + ?2'),
      segments: this.#database.prepare('SELECT number, complete, live FROM segment ORDER BY number'),
      drop: this.#database.prepare('DELETE FROM segment WHERE number = ?'),
      list: this.#database.prepare('SELECT DISTINCT blob FROM piece WHERE blob > ? ORDER BY blob LIMIT ?'),
    };
  }

  /** Additions that only the memory has. */
  get waiting(): number {
    return this.#count;
  }

  /** In the order of their origins. */
  pieces(blob: Id): readonly Piece[] {
    const waiting = this.#waiting.get(blob);
    const rows = this.#sql.pieces.all(blob);
    return rows.length === 0 && waiting ? waiting : [...rows.map(pieceOf), ...(waiting ?? [])];
  }

  /** New pieces, which are durable where they say. */
  add(piece: Piece): void {
    const before = this.#waiting.get(piece.blob);
    if (before) before.push(piece);
    else this.#waiting.set(piece.blob, [piece]);
    this.#count += 1;
  }

  /** All whole pieces before `end` in this segment are known here. */
  complete(segment: number, end: number): void {
    this.#complete.set(segment, end);
  }

  flush(): void {
    if (this.#complete.size === 0) return;
    this.#transaction(() => {
      const live = new Map<number, number>();
      for (const pieces of this.#waiting.values())
        for (const piece of pieces) {
          // A copy of one that counts already does not count.
          if (this.#sql.insert.run(piece.blob, piece.origin, piece.offset, piece.length, piece.segment, piece.position).changes === 0) continue;
          live.set(piece.segment, (live.get(piece.segment) ?? 0) + HEAD_BYTES + piece.length);
        }
      for (const [segment, end] of this.#complete) this.#sql.complete.run(segment, end);
      for (const [segment, bytes] of live) this.#sql.live.run(segment, bytes);
    });
    this.#waiting = new Map();
    this.#complete = new Map();
    this.#count = 0;
  }

  /** Where a piece is, if it counts. */
  place(blob: Id, origin: number): { readonly segment: number; readonly position: number } | null {
    const row = this.#sql.known.get(blob, origin);
    return row ? { segment: number(row, 'segment'), position: number(row, 'position') } : null;
  }

  /** The pieces of a blob count no more. */
  remove(blob: Id): void {
    this.flush();
    this.#transaction(() => {
      for (const row of this.#sql.remove.all(blob)) this.#sql.live.run(number(row, 'segment'), -number(row, 'length') - HEAD_BYTES);
    });
  }

  /** Copies count instead of the pieces in the segment `from`, unless those ceased to count meanwhile. Durable at once, because `from` goes next. */
  move(from: number, copies: readonly Piece[]): void {
    this.flush();
    this.#database.exec('PRAGMA synchronous = FULL');
    try {
      this.#transaction(() => {
        for (const copy of copies) {
          if (this.#sql.move.run(copy.segment, copy.position, copy.blob, copy.origin, from).changes === 0) continue;
          this.#sql.live.run(from, -HEAD_BYTES - copy.length);
          this.#sql.live.run(copy.segment, HEAD_BYTES + copy.length);
        }
      });
    } finally {
      this.#database.exec('PRAGMA synchronous = NORMAL');
    }
  }

  segments(): readonly SegmentState[] {
    this.flush();
    return this.#sql.segments.all().map((row) => ({ number: number(row, 'number'), complete: number(row, 'complete'), live: number(row, 'live') }));
  }

  /** The segment is about to go. */
  drop(segment: number): void {
    this.#sql.drop.run(segment);
  }

  /** Blobs after `after`, by id. */
  list(after: Id, most: number): readonly Id[] {
    this.flush();
    return this.#sql.list.all(after, most).map((row) => text(row, 'blob'));
  }

  close(): void {
    try {
      this.flush();
    } finally {
      this.#database.close();
    }
  }

  #transaction(work: () => void): void {
    this.#sql.begin.run();
    try {
      work();
      this.#sql.commit.run();
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}

function openCache(path: string): DatabaseSync {
  if (existsSync(path)) {
    const known = openExclusively(path);
    if (known) return known;
    // Damaged or of another version: the segments tell everything anew. Nobody else has it open, or we would not be here.
    for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
  }
  const made = openExclusively(path);
  if (made) return made;
  throw new Error('an index that was just made is damaged');
}

/** Null when it is not usable. */
function openExclusively(path: string): DatabaseSync | null {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // The lock is kept until the end of the process, whichever way it ends.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN EXCLUSIVE');
    const version = database.prepare('PRAGMA user_version').get()?.['user_version'];
    const empty = database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
    if (empty) database.exec(schema);
    database.exec('COMMIT');
    if (empty || version === VERSION) return database;
  } catch (error) {
    database.close();
    const code = sqliteCode(error);
    if (code === SQLITE_BUSY) throw new Failure('server.data-in-use', { path }, { cause: error });
    if (code !== SQLITE_CORRUPT && code !== SQLITE_NOTADB) throw error;
    return null;
  }
  database.close();
  return null;
}

export function pieceOf(row: Row): Piece {
  return {
    blob: text(row, 'blob'), origin: number(row, 'origin'), offset: number(row, 'offset'), length: number(row, 'length'),
    segment: number(row, 'segment'), position: number(row, 'position'),
  };
}
