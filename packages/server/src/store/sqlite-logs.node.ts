import type { DatabaseSync } from 'node:sqlite';
import type { Removal } from '@earshot/protocol/envelope.ts';
import type { Cursor } from '@earshot/protocol/logs.ts';
import type { LogInfo } from '@earshot/protocol/people.ts';
import { readersOf } from '../logs/appending.ts';
import type { AppendCommand, AppendOutcome, EventPage, LogStore, StoredEvent } from './log-store.ts';
import { SqliteAppending } from './sqlite-appending.node.ts';
import type { GroupCommit } from './sqlite-commit.node.ts';
import { memberOf, membersSql } from './sqlite-members.node.ts';
import { number, numberOrNull, text, textOrNull, type Row } from './sqlite-rows.node.ts';

const columns = 'seq, at, person, envelope, body, removed_at, removed_by, removed_rule FROM event';

export class SqliteLogs implements LogStore {
  readonly #commit: GroupCommit;
  readonly #appending: SqliteAppending;
  readonly #sql;

  constructor(database: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit;
    this.#appending = new SqliteAppending(database);
    this.#sql = {
      range: database.prepare('SELECT m.joined, min(l.head, ifnull(m.ended, l.head)) AS head, l.head AS top FROM member m JOIN log l ON l.id = m.log WHERE m.log = ? AND m.person = ?'),
      page: database.prepare(`SELECT ${columns} WHERE log = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?`),
      event: database.prepare(`SELECT ${columns} WHERE log = ? AND seq = ?`),
      members: database.prepare(membersSql),
      of: database.prepare('SELECT l.id, l.kind, min(l.head, ifnull(m.ended, l.head)) AS head FROM member m JOIN log l ON l.id = m.log WHERE m.person = ? ORDER BY m.standing'),
      cursor: database.prepare('SELECT delivered FROM cursor WHERE log = ? AND device = ?'),
      setCursor: database.prepare(`INSERT INTO cursor (log, device, person, delivered, at) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (log, device) DO UPDATE SET delivered = ?4, at = ?5`),
      cursors: database.prepare('SELECT c.person, c.device, c.delivered, c.at FROM cursor c JOIN device d ON d.id = c.device WHERE c.log = ? ORDER BY c.person, c.device'),
    };
  }

  append(command: AppendCommand): Promise<AppendOutcome> {
    return this.#commit.write(() => this.#appending.append(command));
  }

  page(person: string, log: string, after: number, limit: number, bytes: number): Promise<EventPage | null> {
    const range = this.#sql.range.get(log, person);
    if (!range) return this.#commit.durably(null);
    const head = number(range, 'head');
    const events: StoredEvent[] = [];
    let size = 0;
    for (const row of this.#sql.page.iterate(log, Math.max(after, number(range, 'joined') - 1), head, limit)) {
      const event = eventOf(row);
      size += event.envelope.length + (event.body?.length ?? 0);
      if (size > bytes && events.length > 0) break;
      events.push(event);
    }
    return this.#commit.durably({ events, head });
  }

  event(log: string, seq: number): Promise<{ readonly event: StoredEvent; readonly readers: readonly string[] } | null> {
    const row = this.#sql.event.get(log, seq);
    if (!row) return this.#commit.durably(null);
    return this.#commit.durably({ event: eventOf(row), readers: readersOf(this.#sql.members.all(log).map(memberOf), seq) });
  }

  of(person: string): Promise<readonly LogInfo[]> {
    return this.#commit.durably(
      this.#sql.of.all(person).map((row) => ({
        id: text(row, 'id'), kind: text(row, 'kind') as LogInfo['kind'], head: number(row, 'head'),
        members: this.#sql.members.all(text(row, 'id')).map(memberOf),
      })),
    );
  }

  setCursor(person: string, device: string, log: string, delivered: number, at: number): Promise<{ readonly delivered: number; readonly readers: readonly string[] } | null> {
    return this.#commit.write(() => {
      const range = this.#sql.range.get(log, person);
      if (!range) return null;
      const row = this.#sql.cursor.get(log, device);
      const before = row ? number(row, 'delivered') : 0;
      const after = Math.min(delivered, number(range, 'head'));
      if (after <= before) return { delivered: before, readers: [] };
      this.#sql.setCursor.run(log, device, person, after, at);
      return { delivered: after, readers: readersOf(this.#sql.members.all(log).map(memberOf), number(range, 'top') + 1) };
    });
  }

  cursors(person: string, log: string): Promise<readonly Cursor[] | null> {
    if (!this.#sql.range.get(log, person)) return this.#commit.durably(null);
    return this.#commit.durably(this.#sql.cursors.all(log).map((row) => ({ person: text(row, 'person'), device: text(row, 'device'), delivered: number(row, 'delivered'), at: number(row, 'at') })));
  }
}

function eventOf(row: Row): StoredEvent {
  return { seq: number(row, 'seq'), at: number(row, 'at'), person: text(row, 'person'), envelope: text(row, 'envelope'), body: textOrNull(row, 'body'), removed: removalOf(row) };
}

function removalOf(row: Row): Removal | null {
  const at = numberOrNull(row, 'removed_at');
  return at === null ? null : { at, by: text(row, 'removed_by'), rule: text(row, 'removed_rule') as Removal['rule'] };
}
