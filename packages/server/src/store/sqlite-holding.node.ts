import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { limits } from '@earshot/protocol/limits.ts';
import { number, text, type Row } from './sqlite-rows.node.ts';
import { endUnnamed } from './sqlite-uploads.node.ts';

/**
 * That member m holds event e at time ?2: a present one who may read it and for whom it has not ended. Who sent what expires holds it
 * as long as nobody heard it; after that it goes with the last of the others, and not before the clocks of those who left have run out.
 */
const holdsSql = `m.log = e.log AND m.joined <= e.seq AND m.ended IS NULL AND NOT EXISTS (SELECT 1 FROM ending x WHERE x.event = e.number AND x.person = m.person AND x.at <= ?2)
    AND NOT (m.person = e.person AND e.term IS NOT NULL AND ifnull((SELECT max(x.at) FROM ending x WHERE x.event = e.number AND x.rule = 'expired'), ?2 + 1) <= ?2)`;

/** Whether somebody holds event ?1. */
const heldSql = `SELECT 1 FROM event e JOIN member m ON ${holdsSql} WHERE e.number = ?1 LIMIT 1`;

/** Whether person ?3 holds an event that names blob ?1, and that nobody has taken back. */
const holderSql = `SELECT 1 FROM blob b JOIN naming n ON n.blob = b.number JOIN event e ON e.number = n.event AND e.removed_at IS NULL
  JOIN member m ON m.person = ?3 AND ${holdsSql} WHERE b.id = ?1 LIMIT 1`;

/** What members of log ?1 no longer hold now that somebody left may be among these: what was said before the others came, and what has ended for some. */
const leftSql = `SELECT number, seq FROM event WHERE log = ?1 AND class = 'message' AND removed_at IS NULL
  AND (seq < (SELECT ifnull(min(joined), ?2) FROM member WHERE log = ?1 AND ended IS NULL) OR number IN (SELECT event FROM ending))`;

/** Within a transaction: who holds which event, and what goes when nobody does. */
export class SqliteHolding {
  readonly #database: DatabaseSync;
  readonly #sql;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#sql = {
      find: database.prepare('SELECT number, person, body, term, removed_at FROM event WHERE log = ? AND seq = ?'),
      body: database.prepare('SELECT body, person FROM event WHERE number = ? AND removed_at IS NULL'),
      held: database.prepare(heldSql),
      holder: database.prepare(holderSql),
      left: database.prepare(leftSql),
      expired: database.prepare("SELECT 1 FROM ending WHERE event = ? AND rule = 'expired' LIMIT 1"),
      start: database.prepare("INSERT OR IGNORE INTO ending (event, person, at, rule, settled) VALUES (?, ?, ?, 'expired', 0)"),
      letGo: database.prepare("INSERT INTO ending (event, person, at, rule, settled) VALUES (?1, ?2, ?3, 'let-go', 1) ON CONFLICT DO UPDATE SET at = ?3, rule = 'let-go', settled = 1 WHERE at > ?3"),
      stop: database.prepare("DELETE FROM ending WHERE event = ? AND rule = 'expired' AND at > ?"),
      wait: database.prepare("UPDATE ending SET at = max(at, ?3) WHERE event = ?1 AND person = ?2 AND rule = 'expired' AND settled = 0 AND at > ?4"),
      endless: database.prepare('UPDATE event SET term = NULL WHERE number = ?'),
      remove: database.prepare('UPDATE event SET removed_sum = ?, removed_at = ?, removed_by = ?, removed_rule = ? WHERE number = ?'),
      restore: database.prepare("UPDATE event SET removed_sum = NULL, removed_at = NULL, removed_by = NULL, removed_rule = NULL WHERE number = ? AND removed_rule = 'removed' AND body IS NOT NULL"),
      forget: database.prepare('UPDATE event SET body = NULL WHERE number = ?'),
      unname: database.prepare('DELETE FROM naming WHERE event = ? RETURNING blob'),
    };
  }

  /** It rests from now on: gone for everybody, and whole until its time is over. */
  remove(log: string, seq: number, by: string, at: number): boolean {
    const row = this.#sql.find.get(log, seq);
    if (!row || row['removed_at'] !== null) return false;
    this.#sql.remove.run(sumOf(row), at, by, 'removed', number(row, 'number'));
    return true;
  }

  restore(log: string, seq: number, at: number): boolean {
    const row = this.#sql.find.get(log, seq);
    if (row === undefined || this.#sql.restore.run(number(row, 'number')).changes === 0) return false;
    // Its time may have run out while it rested.
    this.collect(number(row, 'number'), text(row, 'person'), at);
    return true;
  }

  /** Somebody really heard it: of what expires the clock starts, for her, also while it rests. `true`: with that it is gone. */
  heard(log: string, seq: number, person: string, at: number): boolean {
    const row = this.#sql.find.get(log, seq);
    if (!row || row['body'] === null || row['term'] === null || row['person'] === person) return false;
    this.#sql.start.run(number(row, 'number'), person, at + number(row, 'term') * 1000);
    return this.collect(number(row, 'number'), person, at);
  }

  /** No clock of it runs any more, and none will start. `true`: nobody held it any more, and it is gone. */
  keep(log: string, seq: number, at: number): boolean {
    const row = this.#sql.find.get(log, seq);
    if (!row) return false;
    if (!this.#sql.held.get(number(row, 'number'), at)) return this.collect(number(row, 'number'), text(row, 'person'), at);
    this.#sql.stop.run(number(row, 'number'), at);
    this.#sql.endless.run(number(row, 'number'));
    return false;
  }

  /** Somebody looks for it: until that is over it does not end for her. */
  ask(log: string, seq: number, person: string, at: number): void {
    const row = this.#sql.find.get(log, seq);
    if (row) this.#sql.wait.run(number(row, 'number'), person, at + limits.askLife, at);
  }

  letGo(event: number, person: string, at: number): boolean {
    this.#sql.letGo.run(event, person, at);
    return this.collect(event, person, at);
  }

  /** Somebody left: the numbers in the log of what nobody holds any more. */
  left(log: string, by: string, at: number): number[] {
    return this.#sql.left.all(log, Number.MAX_SAFE_INTEGER).filter((row) => this.collect(number(row, 'number'), by, at)).map((row) => number(row, 'seq'));
  }

  /** Whether the bytes of a blob stay for this person's sake. */
  holds(person: string, blob: string, at: number): boolean {
    return this.#sql.holder.get(blob, at, person) !== undefined;
  }

  /** Takes body and bytes away if nobody holds it; the notice stays. */
  collect(event: number, by: string, at: number): boolean {
    const row = this.#sql.body.get(event);
    if (!row || this.#sql.held.get(event, at)) return false;
    const expired = this.#sql.expired.get(event) !== undefined;
    this.#sql.remove.run(sumOf(row), at, expired ? text(row, 'person') : by, expired ? 'expired' : 'let-go', event);
    this.free(event);
    return true;
  }

  /** Its rest is over, or it has none. */
  free(event: number): void {
    this.#sql.forget.run(event);
    endUnnamed(this.#database, this.#sql.unname.all(event).map((row) => number(row, 'blob')));
  }
}

/** SHA-256 of the sealed body, in hex: what its place in the log is known by for ever. */
export function sumOf(row: Row): string {
  return createHash('sha256').update(Buffer.from(text(row, 'body'), 'base64url')).digest('hex');
}
