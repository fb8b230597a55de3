import type { DatabaseSync } from 'node:sqlite';
import type { DeviceStore, SignInOutcome, StoredDevice, StoredSession } from './device-store.ts';
import type { NewDevice } from './people-store.ts';
import type { GroupCommit } from './sqlite-commit.node.ts';
import { number, text } from './sqlite-rows.node.ts';
import type { SqliteSessions } from './sqlite-sessions.node.ts';
import { lives } from './sqlite-status.node.ts';

export class SqliteDevices implements DeviceStore {
  readonly #database: DatabaseSync;
  readonly #commit: GroupCommit;
  readonly #sessions: SqliteSessions;
  readonly #sql;

  constructor(database: DatabaseSync, commit: GroupCommit, sessions: SqliteSessions) {
    this.#database = database;
    this.#commit = commit;
    this.#sessions = sessions;
    this.#sql = {
      state: database.prepare('SELECT state FROM person WHERE id = ?'),
      owned: database.prepare('SELECT 1 FROM device WHERE id = ? AND person = ?'),
      revoked: database.prepare('SELECT 1 FROM device WHERE id = ? AND person = ? AND revoked'),
      seen: database.prepare('UPDATE device SET seen = max(seen, ?), spared = 0 WHERE id = ?'),
      list: database.prepare('SELECT id, name, created, seen, NOT EXISTS (SELECT 1 FROM chain_device c WHERE c.device = device.id AND c.person = device.person) AS locked FROM device WHERE person = ? AND ended IS NULL ORDER BY created, id'),
      idle: database.prepare('SELECT 1 FROM device WHERE ended IS NULL AND seen + spared < ? LIMIT 1'),
      endIdle: database.prepare('UPDATE device SET ended = ? WHERE ended IS NULL AND seen + spared < ? RETURNING id, person'),
      ended: database.prepare("SELECT 1 FROM device d JOIN person p ON p.id = d.person WHERE d.id = ? AND d.ended IS NULL AND p.state = 'active'"),
    };
  }

  session(tokenSha256: string): Promise<StoredSession | null> {
    return Promise.resolve(this.#sessions.find(tokenSha256));
  }

  signIn(person: string, device: NewDevice, devicesAllowed: number, at: number): Promise<SignInOutcome> {
    return this.#commit.write(() => {
      this.#sessions.forget();
      if (this.#sql.state.get(person)?.['state'] !== 'active') return { kind: 'account.disabled' };
      return giveSession(this.#database, person, device, devicesAllowed, at) ?? { kind: 'in', locked: isLocked(this.#database, person, device.id) };
    });
  }

  revoke(person: string, device: string, at: number): Promise<boolean> {
    return this.#commit.write(() => {
      if (!this.#sql.owned.get(device, person)) return false;
      revokeDevice(this.#database, person, device, at);
      this.#sessions.forget();
      return true;
    });
  }

  revoked(person: string, device: string): Promise<boolean> {
    return this.#commit.durably(this.#sql.revoked.get(device, person) !== undefined);
  }

  seen(device: string, at: number): Promise<void> {
    return this.#commit.write(() => {
      this.#sql.seen.run(at, device);
      this.#sessions.forget();
    });
  }

  list(person: string): Promise<readonly StoredDevice[]> {
    return this.#commit.durably(
      this.#sql.list.all(person).map((row) => ({ id: text(row, 'id'), name: text(row, 'name'), created: number(row, 'created'), seen: number(row, 'seen'), locked: row['locked'] === 1 })),
    );
  }

  endIdle(before: number, at: number): Promise<readonly { readonly person: string; readonly device: string }[]> {
    return this.#commit.write(() => {
      if (!this.#sql.idle.get(before)) return [];
      // They may only seem so: a clock may have been put forward just now.
      lives(this.#database, at, 0);
      this.#sessions.forget();
      return this.#sql.endIdle.all(at, before).map((row) => ({ person: text(row, 'person'), device: text(row, 'id') }));
    });
  }

  ended(devices: readonly string[]): Promise<readonly string[]> {
    return this.#commit.durably(devices.filter((device) => !this.#sql.ended.get(device)));
  }

  foreignWrites(): Promise<number> {
    return Promise.resolve(this.#sessions.foreignWrites());
  }
}

/** Whether the device is not in its person's chain. */
export function isLocked(database: DatabaseSync, person: string, device: string): boolean {
  return database.prepare('SELECT 1 FROM chain_device WHERE person = ? AND device = ?').get(person, device) === undefined;
}

/** Whether this device of the person has a session. A request is let in before it is answered, and much may end in between: whatever it leaves behind asks again as it is written. */
export function isLive(database: DatabaseSync, person: string, device: string): boolean {
  return database.prepare(liveSql).get(device, person) !== undefined;
}

export const liveSql = 'SELECT 1 FROM device WHERE id = ? AND person = ? AND ended IS NULL';

/** Within a transaction: the session of the device ends, if it has one; one that has ended by itself is revoked as well. */
export function revokeDevice(database: DatabaseSync, person: string, device: string, at: number): void {
  database.prepare('UPDATE device SET ended = ? WHERE id = ? AND person = ? AND ended IS NULL').run(at, device, person);
  database.prepare('UPDATE device SET revoked = 1 WHERE id = ? AND person = ?').run(device, person);
}

/** Within a transaction: the device's new token, in place of any before. Null when done. */
export function giveSession(
  database: DatabaseSync, person: string, device: NewDevice, devicesAllowed: number, at: number,
): { readonly kind: 'device-foreign' } | { readonly kind: 'devices-full'; readonly seen: number } | null {
  const known = database.prepare('SELECT person, ended IS NULL AS live FROM device WHERE id = ?').get(device.id);
  if (known && known['person'] !== person) return { kind: 'device-foreign' };
  const live = database.prepare('SELECT count(*) AS count FROM device WHERE person = ? AND ended IS NULL AND id <> ?').get(person, device.id);
  const count = live ? number(live, 'count') : 0;
  if (count >= devicesAllowed) return { kind: 'devices-full', seen: count + 1 };
  database
    .prepare(`INSERT INTO device (id, person, name, token, created, seen) VALUES (?1, ?2, ?3, ?4, ?5, ?5)
      ON CONFLICT (id) DO UPDATE SET name = ?3, token = ?4, seen = ?5, ended = NULL, revoked = 0, spared = 0`)
    .run(device.id, person, device.name, device.tokenSha256, at);
  return null;
}
