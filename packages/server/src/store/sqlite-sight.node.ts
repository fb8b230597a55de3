import type { DatabaseSync, StatementSync } from 'node:sqlite';

/**
 * Whom a person (?1) can see: those whom she met in a conversation while she was in it, who invited her, whom she invited; and,
 * because the operator is no member who could bring people together, those whom the operator invited see one another.
 */
export const seenSql = `
  SELECT other.person AS id FROM member mine JOIN member other ON other.log = mine.log
    WHERE mine.person = ?1 AND (mine.ended IS NULL OR other.joined <= mine.ended)
  UNION SELECT invited_by FROM person WHERE id = ?1 AND invited_by IS NOT NULL
  UNION SELECT id FROM person WHERE invited_by = ?1
  UNION SELECT id FROM person WHERE invited_by IS NULL AND EXISTS (SELECT 1 FROM person me WHERE me.id = ?1 AND me.invited_by IS NULL)`;

export class SqlitePeopleSight {
  readonly #sees: StatementSync;

  constructor(database: DatabaseSync) {
    this.#sees = database.prepare(`SELECT 1 FROM person WHERE id = ?2 AND state <> 'deleted' AND id IN (${seenSql})`);
  }

  sees(person: string, other: string): boolean {
    return this.#sees.get(person, other) !== undefined;
  }
}
