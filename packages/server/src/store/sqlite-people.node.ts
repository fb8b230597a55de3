import type { DatabaseSync } from 'node:sqlite';
import type { JoinOutcome, JoinRecord, PeopleStore, PersonState, SeenPerson, StoredPerson } from './people-store.ts';
import { lastHash, writeChain } from './sqlite-chains.node.ts';
import type { GroupCommit } from './sqlite-commit.node.ts';
import { giveSession, isLive, isLocked } from './sqlite-devices.node.ts';
import { deletePerson } from './sqlite-deletion.node.ts';
import { identityIn, number, text, textOrNull, type Row } from './sqlite-rows.node.ts';
import type { SqliteSessions } from './sqlite-sessions.node.ts';
import { seenSql, SqlitePeopleSight } from './sqlite-sight.node.ts';

const personColumns = 'id, handle, name, state, password, used, chain, (SELECT count(*) FROM passkey WHERE person = person.id) AS passkeys FROM person';

export class SqlitePeople implements PeopleStore {
  readonly #database: DatabaseSync;
  readonly #commit: GroupCommit;
  readonly #sessions: SqliteSessions;
  readonly #sight: SqlitePeopleSight;
  readonly #sql;

  constructor(database: DatabaseSync, commit: GroupCommit, sessions: SqliteSessions) {
    this.#database = database;
    this.#commit = commit;
    this.#sessions = sessions;
    this.#sight = new SqlitePeopleSight(database);
    this.#sql = {
      any: database.prepare('SELECT 1 FROM person LIMIT 1'),
      byId: database.prepare(`SELECT ${personColumns} WHERE id = ?`),
      byHandle: database.prepare(`SELECT ${personColumns} WHERE handle = ?`),
      invitation: database.prepare('SELECT * FROM invitation WHERE secret = ?'),
      insert: database.prepare("INSERT INTO person (id, handle, name, state, password, invited_by, joined) VALUES (?, ?, ?, 'active', ?, ?, ?)"),
      use: database.prepare('UPDATE invitation SET used = ?, used_by = ?, used_device = ? WHERE secret = ?'),
      rename: database.prepare('UPDATE person SET name = ? WHERE id = ?'),
      setPassword: database.prepare('UPDATE person SET password = ? WHERE id = ?'),
      setState: database.prepare('UPDATE person SET state = ? WHERE id = ?'),
      endAll: database.prepare('UPDATE device SET ended = ? WHERE person = ? AND ended IS NULL'),
      visible: database.prepare(`SELECT p.id, p.handle, p.name, p.state, p.chain, (SELECT hash FROM chain c WHERE c.person = p.id AND c.place = 0) AS identity, EXISTS (SELECT 1 FROM block WHERE person = ?1 AND blocked = p.id) AS blocked
        FROM person p WHERE p.id IN (${seenSql}) AND p.id <> ?1 ORDER BY p.name, p.id`),
      all: database.prepare('SELECT id, handle, name, state, joined FROM person ORDER BY joined, id'),
      block: database.prepare('INSERT OR IGNORE INTO block (person, blocked) VALUES (?, ?)'),
      unblock: database.prepare('DELETE FROM block WHERE person = ? AND blocked = ?'),
    };
  }

  any(): Promise<boolean> {
    return this.#commit.durably(this.#sql.any.get() !== undefined);
  }

  byId(person: string): Promise<StoredPerson | null> {
    const row = this.#sql.byId.get(person);
    return this.#commit.durably(row ? personOf(row) : null);
  }

  byHandle(handle: string): Promise<StoredPerson | null> {
    const row = this.#sql.byHandle.get(handle);
    return this.#commit.durably(row ? personOf(row) : null);
  }

  join(record: JoinRecord): Promise<JoinOutcome> {
    return this.#commit.write(() => this.#join(record)).catch((error: unknown) => {
      if (error instanceof JoinRefused) return error.outcome;
      throw error;
    });
  }

  rename(person: string, device: string, name: string): Promise<boolean> {
    return this.#commit.write(() => isLive(this.#database, person, device) && this.#sql.rename.run(name, person).changes === 1);
  }

  setPassword(person: string, device: string, password: string): Promise<boolean> {
    return this.#commit.write(() => isLive(this.#database, person, device) && this.#sql.setPassword.run(password, person).changes === 1);
  }

  delete(person: string, at: number): Promise<{ readonly saw: readonly string[] }> {
    return this.#commit.write(() => {
      const saw = this.#sql.visible.all(person).map((row) => text(row, 'id'));
      deletePerson(this.#database, person, at);
      this.#sessions.forget();
      return { saw };
    });
  }

  disable(handle: string, disabled: boolean, at: number): Promise<{ readonly person: string } | null> {
    return this.#commit.write(() => {
      const row = this.#sql.byHandle.get(handle);
      if (!row || row['state'] === 'deleted') return null;
      const person = text(row, 'id');
      this.#sql.setState.run(disabled ? 'disabled' : 'active', person);
      if (disabled) this.#sql.endAll.run(at, person);
      this.#sessions.forget();
      return { person };
    });
  }

  visible(person: string): Promise<readonly SeenPerson[]> {
    return this.#commit.durably(
      this.#sql.visible.all(person).map((row) => ({
        id: text(row, 'id'), handle: text(row, 'handle'), name: text(row, 'name'), state: text(row, 'state') as PersonState, blocked: row['blocked'] === 1, chain: number(row, 'chain'), ...identityIn(row),
      })),
    );
  }

  sees(person: string, others: readonly string[]): Promise<readonly string[]> {
    return this.#commit.durably(others.filter((other) => this.#sight.sees(person, other)));
  }

  all(): ReturnType<PeopleStore['all']> {
    return this.#commit.durably(
      this.#sql.all.all().map((row) => ({ id: text(row, 'id'), handle: text(row, 'handle'), name: text(row, 'name'), state: text(row, 'state') as PersonState, joined: number(row, 'joined') })),
    );
  }

  block(person: string, other: string, blocked: boolean): Promise<void> {
    return this.#commit.write(() => void (blocked ? this.#sql.block : this.#sql.unblock).run(person, other));
  }

  #join(record: JoinRecord): JoinOutcome {
    this.#sessions.forget();
    const invitation = this.#sql.invitation.get(record.secretSha256);
    if (!invitation) return { kind: 'invitation.unknown' };
    const usedBy = textOrNull(invitation, 'used_by');
    if (usedBy !== null) return this.#joinAgain(record, invitation, usedBy);
    if (number(invitation, 'expires') <= record.at) return { kind: 'invitation.expired' };
    const wanted = textOrNull(invitation, 'for_person');
    if (wanted !== null) return this.#letIn(record, wanted);
    if (this.#sql.byHandle.get(record.handle)) return { kind: 'handle.taken' };
    if (this.#sql.byId.get(record.person)) return { kind: 'person-taken' };
    const invitedBy = textOrNull(invitation, 'invited_by');
    this.#sql.insert.run(record.person, record.handle, record.name, record.password, invitedBy, record.at);
    return this.#admit(record, record.person, record.name, invitedBy);
  }

  /** The answer of the first time may have been lost: the same device finds what it made, as long as its session was not ended. */
  #joinAgain(record: JoinRecord, invitation: Row, usedBy: string): JoinOutcome {
    const person = this.#sql.byId.get(usedBy);
    const same = person && invitation['used_device'] === record.device.id && person['handle'] === record.handle && isLive(this.#database, usedBy, record.device.id);
    if (!same) return { kind: 'invitation.used' };
    if (person['state'] !== 'active') return { kind: 'account.disabled' };
    return giveSession(this.#database, usedBy, record.device, record.devicesAllowed, record.at) ?? this.#joined(record, usedBy, text(person, 'name'), null);
  }

  #letIn(record: JoinRecord, wanted: string): JoinOutcome {
    const person = this.#sql.byId.get(wanted);
    if (!person || person['state'] === 'deleted') return { kind: 'invitation.unknown' };
    if (person['handle'] !== record.handle) return { kind: 'session.credentials' };
    if (person['state'] === 'disabled') return { kind: 'account.disabled' };
    if (record.password !== null) this.#sql.setPassword.run(record.password, wanted);
    return this.#admit(record, wanted, text(person, 'name'), null);
  }

  /** With the chain, where it is hers and she has none yet or begins again; where it was judged by what is there no more, she finds what there is: a joining that is repeated, say, what the first has done. */
  #joined(record: JoinRecord, person: string, name: string, invitedBy: string | null): JoinOutcome {
    const { chain, device, at } = record;
    const has = Number(this.#sql.byId.get(person)?.['chain'] ?? 0);
    const begins = chain?.person === person && (has === 0 || record.anew) && chain.seen === lastHash(this.#database, person);
    const changed = begins ? writeChain(this.#database, chain, at) : null;
    return { kind: 'joined', person, handle: record.handle, name, invitedBy, changed, chain: changed === null ? has : 1, locked: isLocked(this.#database, person, device.id) };
  }

  #admit(record: JoinRecord, person: string, name: string, invitedBy: string | null): JoinOutcome {
    const trouble = giveSession(this.#database, person, record.device, record.devicesAllowed, record.at);
    if (trouble) throw new JoinRefused(trouble);
    this.#sql.use.run(record.at, person, record.device.id, record.secretSha256);
    return this.#joined(record, person, name, invitedBy);
  }
}

/** Rolls back what was written before the device turned out to be impossible. */
class JoinRefused extends Error {
  readonly outcome: JoinOutcome;

  constructor(outcome: JoinOutcome) {
    super(outcome.kind);
    this.outcome = outcome;
  }
}

function personOf(row: Row): StoredPerson {
  return {
    id: text(row, 'id'), handle: text(row, 'handle'), name: text(row, 'name'), state: text(row, 'state') as PersonState,
    password: textOrNull(row, 'password'), passkeys: number(row, 'passkeys'), used: number(row, 'used'), chain: number(row, 'chain'),
  };
}
