import type { DatabaseSync } from 'node:sqlite';
import type { Challenge, CredentialStore, StoredPasskey } from './credential-store.ts';
import type { GroupCommit } from './sqlite-commit.node.ts';
import { isLive } from './sqlite-devices.node.ts';
import { number, numberOrNull, text, textOrNull, type Row } from './sqlite-rows.node.ts';

export class SqliteCredentials implements CredentialStore {
  readonly #database: DatabaseSync;
  readonly #commit: GroupCommit;
  readonly #sql;

  constructor(database: DatabaseSync, commit: GroupCommit) {
    this.#database = database;
    this.#commit = commit;
    this.#sql = {
      addChallenge: database.prepare('INSERT INTO challenge (id, person, challenge, expires) VALUES (?, ?, ?, ?)'),
      takeChallenge: database.prepare('DELETE FROM challenge WHERE id = ? RETURNING person, challenge, expires'),
      sweepChallenges: database.prepare('DELETE FROM challenge WHERE expires <= ?'),
      list: database.prepare('SELECT * FROM passkey WHERE person = ? ORDER BY created'),
      byId: database.prepare('SELECT * FROM passkey WHERE id = ?'),
      add: database.prepare('INSERT INTO passkey (id, person, name, public_key, counter, transports, created, used, recovery) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'),
      used: database.prepare('UPDATE passkey SET counter = ?, used = ? WHERE id = ?'),
      remove: database.prepare('DELETE FROM passkey WHERE id = ?'),
      password: database.prepare('SELECT password IS NOT NULL AS there FROM person WHERE id = ?'),
    };
  }

  addChallenge(id: string, challenge: Challenge, expires: number): Promise<void> {
    return this.#commit.write(() => void this.#sql.addChallenge.run(id, challenge.person, challenge.challenge, expires));
  }

  takeChallenge(id: string, at: number): Promise<Challenge | null> {
    return this.#commit.write(() => {
      const row = this.#sql.takeChallenge.get(id);
      return row && number(row, 'expires') > at ? { person: textOrNull(row, 'person'), challenge: text(row, 'challenge') } : null;
    });
  }

  sweepChallenges(at: number): Promise<void> {
    return this.#commit.write(() => void this.#sql.sweepChallenges.run(at));
  }

  list(person: string): Promise<readonly StoredPasskey[]> {
    return this.#commit.durably(this.#sql.list.all(person).map(passkeyOf));
  }

  byId(passkey: string): Promise<StoredPasskey | null> {
    const row = this.#sql.byId.get(passkey);
    return this.#commit.durably(row ? passkeyOf(row) : null);
  }

  add(passkey: StoredPasskey, device: string, allowed: number): Promise<'added' | 'known' | 'ended'> {
    return this.#commit.write(() => {
      if (!isLive(this.#database, passkey.person, device)) return 'ended';
      if (this.#sql.byId.get(passkey.id) || this.#sql.list.all(passkey.person).length >= allowed) return 'known';
      const { id, person, name, publicKey, counter, transports, created, used, recovery } = passkey;
      this.#sql.add.run(id, person, name, publicKey, counter, transports, created, used, recovery);
      return 'added';
    });
  }

  used(passkey: string, counter: number, at: number): Promise<void> {
    return this.#commit.write(() => void this.#sql.used.run(counter, at, passkey));
  }

  remove(person: string, passkey: string): Promise<'removed' | 'not-found' | 'last'> {
    return this.#commit.write(() => {
      const all = this.#sql.list.all(person);
      if (!all.some((row) => row['id'] === passkey)) return 'not-found';
      if (all.length === 1 && this.#sql.password.get(person)?.['there'] !== 1) return 'last';
      this.#sql.remove.run(passkey);
      return 'removed';
    });
  }
}

function passkeyOf(row: Row): StoredPasskey {
  const key = row['public_key'];
  if (!(key instanceof Uint8Array)) throw new TypeError('column public_key is no bytes');
  return {
    id: text(row, 'id'), person: text(row, 'person'), name: text(row, 'name'), publicKey: Uint8Array.from(key), counter: number(row, 'counter'),
    transports: text(row, 'transports'), created: number(row, 'created'), used: numberOrNull(row, 'used'), recovery: textOrNull(row, 'recovery'),
  };
}
