import type { DatabaseSync } from 'node:sqlite';
import type { MemberPrekey, Prekey } from '@earshot/protocol/keys.ts';
import type { PrekeyStore } from './prekey-store.ts';
import type { GroupCommit } from './sqlite-commit.node.ts';
import { number, text, type Row } from './sqlite-rows.node.ts';

export class SqlitePrekeys implements PrekeyStore {
  readonly #commit: GroupCommit;
  readonly #sql;

  constructor(database: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit;
    this.#sql = {
      live: database.prepare('SELECT 1 FROM device d JOIN chain_device c ON c.device = d.id AND c.person = d.person WHERE d.id = ? AND d.person = ? AND d.ended IS NULL'),
      put: database.prepare(`INSERT INTO prekey (device, number, key, signature) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (device) DO UPDATE SET number = ?2, key = ?3, signature = ?4 WHERE number < ?2`),
      inForce: database.prepare('SELECT device, number, key, signature FROM prekey WHERE device = ?'),
      member: database.prepare('SELECT 1 FROM member WHERE log = ? AND person = ? AND ended IS NULL'),
      of: database.prepare(`SELECT person, device, number, key, signature FROM (
          SELECT d.person, p.device, p.number, p.key, p.signature FROM member m JOIN device d ON d.person = m.person JOIN prekey p ON p.device = d.id
          WHERE m.log = ? AND m.ended IS NULL ORDER BY d.seen DESC, d.id LIMIT ?)
        ORDER BY person, device`),
    };
  }

  put(person: string, { device, number: count, key, signature }: Prekey): Promise<Prekey | null> {
    return this.#commit.write(() => {
      if (!this.#sql.live.get(device, person)) return null;
      this.#sql.put.run(device, count, key, signature);
      const row = this.#sql.inForce.get(device);
      return row ? prekeyOf(row) : null;
    });
  }

  of(who: string, log: string, most: number): Promise<readonly MemberPrekey[] | null> {
    const rows = this.#sql.member.get(log, who) ? this.#sql.of.all(log, most) : null;
    return this.#commit.durably(rows && rows.map((row) => ({ person: text(row, 'person'), ...prekeyOf(row) })));
  }
}

function prekeyOf(row: Row): Prekey {
  return { device: text(row, 'device'), number: number(row, 'number'), key: text(row, 'key'), signature: text(row, 'signature') };
}
