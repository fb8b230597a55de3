import type { DatabaseSync } from 'node:sqlite';
import type { InvitationStore, StoredInvitation } from './invitation-store.ts';
import type { GroupCommit } from './sqlite-commit.node.ts';
import { isLive } from './sqlite-devices.node.ts';
import { number, text, textOrNull, type Row } from './sqlite-rows.node.ts';

const columns = 'i.secret, i.invited_by, i.created, i.expires, i.used, i.used_by, p.handle AS for_handle FROM invitation i LEFT JOIN person p ON p.id = i.for_person';

export class SqliteInvitations implements InvitationStore {
  readonly #database: DatabaseSync;
  readonly #commit: GroupCommit;
  readonly #sql;

  constructor(database: DatabaseSync, commit: GroupCommit) {
    this.#database = database;
    this.#commit = commit;
    this.#sql = {
      find: database.prepare(`SELECT ${columns} WHERE i.secret = ?`),
      list: database.prepare(`SELECT ${columns} WHERE i.invited_by = ? ORDER BY i.created DESC`),
      unused: database.prepare('SELECT count(*) AS count FROM invitation WHERE invited_by = ? AND used IS NULL AND expires > ?'),
      person: database.prepare("SELECT id FROM person WHERE handle = ? AND state <> 'deleted'"),
      insert: database.prepare('INSERT INTO invitation (secret, invited_by, created, expires, for_person) VALUES (?, ?, ?, ?, ?)'),
      withdraw: database.prepare('DELETE FROM invitation WHERE secret = ? AND invited_by = ? AND used IS NULL'),
    };
  }

  add(invitation: Parameters<InvitationStore['add']>[0], allowed: number): ReturnType<InvitationStore['add']> {
    return this.#commit.write(() => {
      const { secretSha256, by, device, created, expires, forHandle } = invitation;
      if (by !== null && device !== null && !isLive(this.#database, by, device)) return 'ended';
      const known = this.#find(secretSha256);
      if (known) return known.by === by ? known : 'conflict';
      if (by !== null) {
        const row = this.#sql.unused.get(by, created);
        if (row && number(row, 'count') >= allowed) return 'full';
      }
      const person = forHandle === null ? null : this.#sql.person.get(forHandle);
      if (person === undefined) return 'person.unknown';
      this.#sql.insert.run(secretSha256, by, created, expires, person && text(person, 'id'));
      return { secretSha256, by, created, expires, used: null, forHandle };
    });
  }

  find(secretSha256: string): Promise<StoredInvitation | null> {
    return this.#commit.durably(this.#find(secretSha256));
  }

  list(by: string): Promise<readonly StoredInvitation[]> {
    return this.#commit.durably(this.#sql.list.all(by).map(invitationOf));
  }

  withdraw(by: string, secretSha256: string): Promise<boolean> {
    return this.#commit.write(() => this.#sql.withdraw.run(secretSha256, by).changes === 1);
  }

  #find(secretSha256: string): StoredInvitation | null {
    const row = this.#sql.find.get(secretSha256);
    return row ? invitationOf(row) : null;
  }
}

function invitationOf(row: Row): StoredInvitation {
  return {
    secretSha256: text(row, 'secret'), by: textOrNull(row, 'invited_by'), created: number(row, 'created'), expires: number(row, 'expires'),
    used: textOrNull(row, 'used_by'), forHandle: textOrNull(row, 'for_handle'),
  };
}
