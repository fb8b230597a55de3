import type { DatabaseSync } from 'node:sqlite';
import { isIncidentCause } from '@earshot/protocol/incidents.ts';
import type { Incident } from '@earshot/protocol/status.ts';
import type { GroupCommit } from './sqlite-commit.node.ts';
import { number, numberOrNull, text, textOrNull, type Row } from './sqlite-rows.node.ts';
import type { LastLife, StatusStore } from './status-store.ts';

/** A server that lives says so every few seconds. Milliseconds. */
const AWAY = 3_600_000;

export class SqliteStatus implements StatusStore {
  readonly #database: DatabaseSync;
  readonly #commit: GroupCommit;
  readonly #sql;

  constructor(database: DatabaseSync, commit: GroupCommit) {
    this.#database = database;
    this.#commit = commit;
    const surplus = 'ended IS NOT NULL AND (ended < ?1 OR id NOT IN (SELECT id FROM incident ORDER BY began DESC LIMIT ?2))';
    this.#sql = {
      life: database.prepare('SELECT alive, ended FROM life'),
      open: database.prepare('INSERT OR IGNORE INTO incident (id, cause, began, ended, note) VALUES (?, ?, ?, ?, ?)'),
      close: database.prepare('UPDATE incident SET ended = max(began, ?) WHERE id = ? AND ended IS NULL'),
      all: database.prepare('SELECT id, cause, began, ended, note FROM incident ORDER BY began DESC, id DESC'),
      surplus: database.prepare(`SELECT 1 FROM incident WHERE ${surplus} LIMIT 1`),
      sweep: database.prepare(`DELETE FROM incident WHERE ${surplus}`),
    };
  }

  begin(at: number): Promise<LastLife | null> {
    return this.#commit.write(() => {
      const row = this.#sql.life.get();
      lives(this.#database, at, 0);
      return row ? { alive: number(row, 'alive'), ended: number(row, 'ended') === 1 } : null;
    });
  }

  alive(at: number): Promise<void> {
    return this.#commit.write(() => lives(this.#database, at, 0));
  }

  end(at: number): Promise<void> {
    return this.#commit.write(() => lives(this.#database, at, 1));
  }

  open({ id, cause, began, ended, note }: Incident): Promise<void> {
    return this.#commit.write(() => void this.#sql.open.run(id, cause, began, ended, note));
  }

  close(incident: string, at: number): Promise<boolean> {
    return this.#commit.write(() => this.#sql.close.run(at, incident).changes > 0);
  }

  incidents(): Promise<readonly Incident[]> {
    return this.#commit.durably(this.#sql.all.all().flatMap(incidentOf));
  }

  sweep(before: number, most: number): Promise<void> {
    // Most sweeps find nothing: they must not cost a write.
    if (!this.#sql.surplus.get(before, most)) return this.#commit.durably(undefined);
    return this.#commit.write(() => void this.#sql.sweep.run(before, most));
  }
}

/**
 * Within a transaction: the server lives, or ends as it should. No device could be seen while no server was there, by one that was brought back from an
 * older backup, or in time that a clock has skipped.
 */
export function lives(database: DatabaseSync, at: number, ended: 0 | 1): void {
  const away = at - Number(database.prepare('SELECT alive FROM life').get()?.['alive'] ?? at);
  if (away > AWAY) database.prepare('UPDATE device SET spared = spared + ? WHERE ended IS NULL').run(away);
  database.prepare('INSERT INTO life (only, alive, ended) VALUES (1, ?1, ?2) ON CONFLICT (only) DO UPDATE SET alive = ?1, ended = ?2').run(at, ended);
}

/** A cause that only a newer program knew is left out. */
function incidentOf(row: Row): readonly Incident[] {
  const cause = text(row, 'cause');
  if (!isIncidentCause(cause)) return [];
  return [{ id: text(row, 'id'), cause, began: number(row, 'began'), ended: numberOrNull(row, 'ended'), note: textOrNull(row, 'note') }];
}
