import type { DatabaseSync } from 'node:sqlite';
import type { GroupCommit } from './sqlite-commit.node.ts';
import { number } from './sqlite-rows.node.ts';
import type { TryStore } from './try-store.ts';

export class SqliteTries implements TryStore {
  readonly #commit: GroupCommit;
  readonly #sql;

  constructor(database: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit;
    // One that ends later than any could that begins now was counted by a clock that was ahead, and would shut people out until that time comes.
    const runs = 'until > ?2 AND until <= ?2 + ?3';
    this.#sql = {
      find: database.prepare(`SELECT count, until FROM try WHERE key = ?1 AND ${runs}`),
      count: database.prepare(`INSERT INTO try (key, count, until) VALUES (?1, 1, ?2 + ?3)
        ON CONFLICT (key) DO UPDATE SET count = iif(${runs}, count + 1, 1), until = iif(${runs}, until, ?2 + ?3)`),
      clear: database.prepare('DELETE FROM try WHERE key = ?'),
      less: database.prepare('UPDATE try SET count = count - 1 WHERE key = ? AND count > 0'),
      sweep: database.prepare('DELETE FROM try WHERE until <= ?'),
    };
  }

  count(keys: readonly { readonly key: string; readonly allowed: number }[], at: number, window: number): Promise<{ readonly until: number } | null> {
    return this.#commit.write(() => {
      for (const { key, allowed } of keys) {
        const row = this.#sql.find.get(key, at, window);
        if (row && number(row, 'count') >= allowed) return { until: number(row, 'until') };
      }
      for (const { key } of keys) this.#sql.count.run(key, at, window);
      return null;
    });
  }

  forgive(own: readonly string[], shared: readonly string[]): Promise<void> {
    return this.#commit.write(() => {
      for (const key of own) this.#sql.clear.run(key);
      for (const key of shared) this.#sql.less.run(key);
    });
  }

  sweep(at: number): Promise<void> {
    return this.#commit.write(() => void this.#sql.sweep.run(at));
  }
}
