import type { DatabaseSync } from 'node:sqlite';
import { readersOf } from '../logs/appending.ts';
import type { ChangedEvent, KeepingStore } from './keeping-store.ts';
import type { GroupCommit } from './sqlite-commit.node.ts';
import { SqliteHolding } from './sqlite-holding.node.ts';
import { membersOf } from './sqlite-members.node.ts';
import { number, text, type Row } from './sqlite-rows.node.ts';

export class SqliteKeeping implements KeepingStore {
  readonly #database: DatabaseSync;
  readonly #commit: GroupCommit;
  readonly #holding: SqliteHolding;
  readonly #sql;

  constructor(database: DatabaseSync, commit: GroupCommit) {
    this.#database = database;
    this.#commit = commit;
    this.#holding = new SqliteHolding(database);
    this.#sql = {
      member: database.prepare('SELECT 1 FROM member WHERE log = ? AND person = ?'),
      message: database.prepare(`SELECT e.number, e.log, e.seq, e.person, e.removed_at FROM event e JOIN member m ON m.log = e.log AND m.person = ?3
        WHERE e.id = ?1 AND e.log = ?2 AND e.class = 'message' AND m.joined <= e.seq AND (m.ended IS NULL OR m.ended >= e.seq)`),
      due: database.prepare('SELECT x.event AS number, x.person, e.log, e.seq FROM ending x JOIN event e ON e.number = x.event WHERE x.settled = 0 AND x.at <= ? LIMIT ?'),
      settle: database.prepare('UPDATE ending SET settled = 1 WHERE event = ? AND person = ?'),
      rested: database.prepare('SELECT number FROM event WHERE removed_at < ? AND body IS NOT NULL LIMIT ?'),
    };
  }

  letGo({ person, log, messages, forGood, at }: Parameters<KeepingStore['letGo']>[0]): Promise<readonly ChangedEvent[] | null> {
    return this.#commit.write(() => {
      if (!this.#sql.member.get(log, person)) return null;
      const changed: ChangedEvent[] = [];
      for (const id of messages) {
        const row = this.#sql.message.get(id, log, person);
        if (!row) continue;
        // What rests may come back, but not for whoever let it go; its sender ends its rest.
        if (row['removed_at'] !== null && row['person'] === person) {
          if (forGood) this.#holding.free(number(row, 'number'));
        } else if (this.#holding.letGo(number(row, 'number'), person, at)) changed.push(this.#changed(row));
      }
      return changed;
    });
  }

  holds(person: string, blob: string, at: number): Promise<boolean> {
    return this.#commit.durably(this.#holding.holds(person, blob, at));
  }

  sweep(now: number, restsSince: number, most: number): Promise<{ readonly changed: readonly ChangedEvent[]; readonly more: boolean }> {
    // Most sweeps find nothing: they must not cost a write.
    if (!this.#sql.due.get(now, 1) && !this.#sql.rested.get(restsSince, 1)) return this.#commit.durably({ changed: [], more: false });
    return this.#commit.write(() => {
      const due = this.#sql.due.all(now, most);
      const gone = due.filter((row) => {
        this.#sql.settle.run(number(row, 'number'), text(row, 'person'));
        return this.#holding.collect(number(row, 'number'), text(row, 'person'), now);
      });
      const rested = this.#sql.rested.all(restsSince, most);
      for (const row of rested) this.#holding.free(number(row, 'number'));
      return { changed: gone.map((row) => this.#changed(row)), more: due.length === most || rested.length === most };
    });
  }

  #changed(row: Row): ChangedEvent {
    const [log, seq] = [text(row, 'log'), number(row, 'seq')];
    return { log, seq, readers: readersOf(membersOf(this.#database, log), seq) };
  }
}
