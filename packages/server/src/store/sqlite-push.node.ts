import type { DatabaseSync } from 'node:sqlite';
import type { Envelope } from '@earshot/protocol/envelope.ts';
import type { PushAddress, PushKeys } from '../push/push.ts';
import { concerned } from '../push/wakes.ts';
import type { PushCounts, PushStore, StoredWake } from './push-store.ts';
import type { GroupCommit } from './sqlite-commit.node.ts';
import { isLive } from './sqlite-devices.node.ts';
import { number, numberOrNull, text, type Row } from './sqlite-rows.node.ts';

const nothingPending = 'log = NULL, seq = NULL, asked = NULL, due = NULL, tries = 0';

export class SqlitePush implements PushStore {
  readonly #database: DatabaseSync;
  readonly #commit: GroupCommit;
  readonly #sql;

  constructor(database: DatabaseSync, commit: GroupCommit) {
    this.#database = database;
    this.#commit = commit;
    this.#sql = {
      keys: database.prepare('SELECT public, private FROM push_keys'),
      keep: database.prepare('INSERT INTO push_keys (one, public, private) VALUES (1, ?, ?)'),
      displace: database.prepare('DELETE FROM push WHERE endpoint = ? AND device <> ?'),
      // Through a new address the pending wake need not wait for what the old one asked for.
      subscribe: database.prepare(`INSERT INTO push (device, person, endpoint, p256dh, auth) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (device) DO UPDATE SET due = iif(endpoint = ?3, due, asked), tries = iif(endpoint = ?3, tries, 0), endpoint = ?3, p256dh = ?4, auth = ?5`),
      loud: database.prepare('DELETE FROM push_silent WHERE device = ?'),
      silent: database.prepare('INSERT OR IGNORE INTO push_silent (device, log) VALUES (?, ?)'),
      unsubscribe: database.prepare('DELETE FROM push WHERE device = ?'),
      any: database.prepare('SELECT 1 FROM push WHERE due <= ? LIMIT 1'),
      due: database.prepare(`SELECT p.device, p.person, p.endpoint, p.p256dh, p.auth, p.log, p.seq, p.asked, p.tries, ifnull(c.delivered >= p.seq, 0) AS held
        FROM push p LEFT JOIN cursor c ON c.log = p.log AND c.device = p.device WHERE p.due <= ? ORDER BY p.due LIMIT ?`),
      hold: database.prepare('UPDATE push SET due = ? WHERE device = ?'),
      done: database.prepare(`UPDATE push SET ${nothingPending} WHERE device = ? AND log = ? AND seq = ?`),
      joined: database.prepare('UPDATE push SET due = ?, tries = 0 WHERE device = ? AND due IS NOT NULL'),
      later: database.prepare('UPDATE push SET due = ?, tries = ? WHERE device = ? AND endpoint = ? AND due IS NOT NULL'),
      ended: database.prepare('DELETE FROM push WHERE device = ? AND endpoint = ?'),
      counts: database.prepare('SELECT count(*) AS subscriptions, count(due) AS waiting, count(iif(tries > 0, due, NULL)) AS failed, min(asked) AS since FROM push'),
    };
  }

  keys(make: () => PushKeys): Promise<PushKeys> {
    return this.#commit.write(() => {
      const row = this.#sql.keys.get();
      if (row) return { publicKey: text(row, 'public'), privateKey: text(row, 'private') };
      const made = make();
      this.#sql.keep.run(made.publicKey, made.privateKey);
      return made;
    });
  }

  subscribe(person: string, device: string, { endpoint, p256dh, auth }: PushAddress, silent: readonly string[]): Promise<boolean> {
    return this.#commit.write(() => {
      if (!isLive(this.#database, person, device)) return false;
      this.#sql.displace.run(endpoint, device);
      this.#sql.subscribe.run(device, person, endpoint, p256dh, auth);
      this.#sql.loud.run(device);
      for (const log of silent) this.#sql.silent.run(device, log);
      return true;
    });
  }

  unsubscribe(device: string): Promise<void> {
    return this.#commit.write(() => void this.#sql.unsubscribe.run(device));
  }

  async take(now: number, until: number, most: number): Promise<readonly StoredWake[]> {
    // Asked every second: only what is there costs a write.
    if (!this.#sql.any.get(now)) return [];
    return await this.#commit.write(() => {
      const wakes = this.#sql.due.all(now, most).map(wakeOf);
      for (const { device } of wakes) this.#sql.hold.run(until, device);
      return wakes;
    });
  }

  done({ device, log, seq }: StoredWake, now: number): Promise<void> {
    return this.#commit.write(() => {
      if (this.#sql.done.run(device, log, seq).changes === 0) this.#sql.joined.run(now, device);
    });
  }

  later({ device, endpoint }: StoredWake, due: number, tries: number): Promise<void> {
    return this.#commit.write(() => void this.#sql.later.run(due, tries, device, endpoint));
  }

  ended({ device, endpoint }: StoredWake): Promise<void> {
    return this.#commit.write(() => void this.#sql.ended.run(device, endpoint));
  }

  counts(): Promise<PushCounts> {
    const row = this.#sql.counts.get() ?? {};
    return this.#commit.durably({ subscriptions: number(row, 'subscriptions'), waiting: number(row, 'waiting'), failed: number(row, 'failed'), since: numberOrNull(row, 'since') });
  }
}

function wakeOf(row: Row): StoredWake {
  return {
    device: text(row, 'device'), person: text(row, 'person'), endpoint: text(row, 'endpoint'), p256dh: text(row, 'p256dh'), auth: text(row, 'auth'),
    log: text(row, 'log'), seq: number(row, 'seq'), asked: number(row, 'asked'), tries: number(row, 'tries'), held: number(row, 'held') === 1,
  };
}

/** Within the transaction that appends an event: whom it wakes, so that neither is there without the other. */
export class SqliteAsking {
  readonly #sql;

  constructor(database: DatabaseSync) {
    this.#sql = {
      candidates: database.prepare(`SELECT p.device, p.person, EXISTS (SELECT 1 FROM push_silent s WHERE s.device = p.device AND s.log = ?1) AS silent,
          EXISTS (SELECT 1 FROM block b WHERE b.person = p.person AND b.blocked = ?2) AS blocked
        FROM member m JOIN push p ON p.person = m.person WHERE m.log = ?1 AND m.ended IS NULL`),
      // What is pending keeps its time. What it waited for may have arrived: then the waiting begins with this event.
      ask: database.prepare(`UPDATE push SET log = ?1, seq = ?2, due = ifnull(due, ?3),
          asked = iif(due IS NULL OR EXISTS (SELECT 1 FROM cursor c WHERE c.log = push.log AND c.device = push.device AND c.delivered >= push.seq), ?3, asked)
        WHERE device = ?4`),
    };
  }

  ask(person: string, envelope: Envelope, seq: number, at: number): void {
    const { log } = envelope;
    const devices = concerned({ class: envelope.class, person }, () =>
      this.#sql.candidates.all(log, person).map((row) => ({ device: text(row, 'device'), person: text(row, 'person'), silent: row['silent'] === 1, blocked: row['blocked'] === 1 })));
    for (const device of devices) this.#sql.ask.run(log, seq, at, device);
  }
}
