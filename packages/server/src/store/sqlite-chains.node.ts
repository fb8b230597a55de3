import type { DatabaseSync } from 'node:sqlite';
import type { ChainAnswer, ChainEntry, KeysAnswer } from '@earshot/protocol/keys.ts';
import type { StoredEntry } from '../chains/chain.ts';
import type { ChainChanged, ChainRecord, ChainStore } from './chain-store.ts';
import type { GroupCommit } from './sqlite-commit.node.ts';
import { isLive, revokeDevice } from './sqlite-devices.node.ts';
import { number, type Row, text } from './sqlite-rows.node.ts';
import type { SqliteSessions } from './sqlite-sessions.node.ts';
import { seenSql } from './sqlite-sight.node.ts';

export class SqliteChains implements ChainStore {
  readonly #database: DatabaseSync;
  readonly #commit: GroupCommit;
  readonly #sessions: SqliteSessions;
  readonly #sql;

  constructor(database: DatabaseSync, commit: GroupCommit, sessions: SqliteSessions) {
    this.#database = database;
    this.#commit = commit;
    this.#sessions = sessions;
    this.#sql = {
      // Who was deleted is seen as well: what she said is still there, and her chain proves it.
      length: database.prepare(`SELECT chain FROM person WHERE id = ?2 AND (id = ?1 OR id IN (${seenSql}))`),
      page: database.prepare('SELECT entry FROM chain WHERE person = ? AND place >= ? ORDER BY place LIMIT ?'),
      entries: database.prepare('SELECT hash, entry FROM chain WHERE person = ? ORDER BY place'),
      formerIdentities: database.prepare('SELECT identity FROM former_chain WHERE person = ? ORDER BY number'),
      formerEntries: database.prepare(`SELECT entries FROM former_chain WHERE person = ?2 AND identity = ?3 AND (?2 = ?1 OR ?2 IN (${seenSql}))`),
      grants: database.prepare(`SELECT generation, receiver, sealed FROM account_grant WHERE person = ?1 AND (receiver = ?2
        OR NOT EXISTS (SELECT 1 FROM device d WHERE d.id = receiver AND d.person = ?1)) ORDER BY generation, receiver`),
      predecessors: database.prepare('SELECT generation, before, wrapped FROM predecessor WHERE person = ? ORDER BY generation'),
    };
  }

  page(who: string, person: string, from: number, most: number): Promise<ChainAnswer | null> {
    const row = this.#sql.length.get(who, person);
    return this.#commit.durably(row ? { entries: this.#sql.page.all(person, from, most).map(entryOf), length: number(row, 'chain'), former: this.#former(person) } : null);
  }

  entries(person: string): Promise<readonly StoredEntry[]> {
    return this.#commit.durably(this.#sql.entries.all(person).map((row) => ({ hash: text(row, 'hash'), entry: entryOf(row) })));
  }

  formerIdentities(person: string): Promise<readonly string[]> {
    return this.#commit.durably(this.#former(person));
  }

  formerEntries(who: string, person: string, identity: string): Promise<readonly ChainEntry[]> {
    const row = this.#sql.formerEntries.get(who, person, identity);
    return this.#commit.durably(row ? (JSON.parse(text(row, 'entries')) as ChainEntry[]) : []);
  }

  extend(record: ChainRecord, device: string, at: number): Promise<ChainChanged | 'behind' | 'ended'> {
    return this.#commit.write(() => {
      if (lastHash(this.#database, record.person) !== record.seen) return 'behind';
      if (!isLive(this.#database, record.person, device)) return 'ended';
      this.#sessions.forget();
      return writeChain(this.#database, record, at);
    });
  }

  #former(person: string): string[] {
    return this.#sql.formerIdentities.all(person).map((row) => text(row, 'identity'));
  }

  keys(person: string, device: string): Promise<KeysAnswer> {
    return this.#commit.durably({
      grants: this.#sql.grants.all(person, device).map((row) => ({ generation: number(row, 'generation'), to: text(row, 'receiver'), sealed: text(row, 'sealed') })),
      predecessors: this.#sql.predecessors.all(person).map((row) => ({ generation: number(row, 'generation'), of: number(row, 'before'), wrapped: text(row, 'wrapped') })),
    });
  }
}

const entryOf = (row: Row): ChainEntry => JSON.parse(text(row, 'entry')) as ChainEntry;

/** Of the last entry of a person's chain; null when she has none. */
export function lastHash(database: DatabaseSync, person: string): string | null {
  const row = database.prepare('SELECT hash FROM chain WHERE person = ? ORDER BY place DESC LIMIT 1').get(person);
  return row ? text(row, 'hash') : null;
}

/** Within a transaction: the entry in place of all from its index on, its seeds, and what follows for devices and conversations. */
export function writeChain(database: DatabaseSync, { person, place, hash, entry, devices, account, generations, grants, predecessor }: ChainRecord, at: number): ChainChanged {
  const run = (sql: string, ...values: (string | number)[]): void => void database.prepare(sql).run(...values);
  const before = database.prepare('SELECT account FROM person WHERE id = ?').get(person);
  if (place === 0) putAside(database, person);
  run('DELETE FROM chain WHERE person = ? AND place >= ?', person, place);
  run('INSERT INTO chain (person, place, hash, entry) VALUES (?, ?, ?, ?)', person, place, hash, entry);
  run('UPDATE person SET chain = ?, account = ? WHERE id = ?', place + 1, account, person);
  const dropped = database.prepare('SELECT device FROM chain_device WHERE person = ?').all(person).map((row) => text(row, 'device')).filter((device) => !devices.includes(device));
  for (const device of dropped) {
    run('DELETE FROM chain_device WHERE person = ? AND device = ?', person, device);
    run('DELETE FROM account_grant WHERE person = ? AND receiver = ?', person, device);
    revokeDevice(database, person, device, at);
  }
  for (const device of devices) run('INSERT OR IGNORE INTO chain_device (person, device) VALUES (?, ?)', person, device);
  for (const grant of grants) run('INSERT OR REPLACE INTO account_grant (person, generation, receiver, sealed) VALUES (?, ?, ?, ?)', person, grant.generation, grant.to, grant.sealed);
  if (predecessor) run('INSERT OR REPLACE INTO predecessor (person, generation, before, wrapped) VALUES (?, ?, ?, ?)', person, predecessor.generation, predecessor.of, predecessor.wrapped);
  const known = JSON.stringify(generations);
  for (const table of ['account_grant', 'predecessor']) run(`DELETE FROM ${table} WHERE person = ? AND generation NOT IN (SELECT value FROM json_each(?))`, person, known);
  const due = place === 0 || dropped.length > 0 || before?.['account'] !== account;
  if (due) run('UPDATE log SET due = 1 WHERE id IN (SELECT log FROM member WHERE person = ? AND ended IS NULL)', person);
  return { ended: dropped, due };
}

/** A whole chain goes, with all seeds: another one takes its place, whose devices can open nothing of what was. */
function putAside(database: DatabaseSync, person: string): void {
  const kept = database.prepare(`INSERT OR REPLACE INTO former_chain (person, identity, entries, seeds) SELECT ?1, hash, (SELECT json_group_array(json(entry)) FROM (SELECT entry FROM chain WHERE person = ?1 ORDER BY place)),
    (SELECT json_group_array(json_array(generation, receiver, sealed)) FROM (SELECT generation, receiver, sealed FROM account_grant WHERE person = ?1 UNION ALL SELECT generation, before, wrapped FROM predecessor WHERE person = ?1))
    FROM chain WHERE person = ?1 AND place = 0`).run(person);
  if (kept.changes === 0) return;
  for (const table of ['account_grant', 'predecessor']) database.prepare(`DELETE FROM ${table} WHERE person = ?`).run(person);
  database.prepare('UPDATE passkey SET recovery = NULL WHERE person = ?').run(person);
  // Of her own conversation she sees the last event, which she needs to go on behind it; of what she left, nothing.
  database.prepare(`UPDATE member SET anew = ifnull(ended + 1, (SELECT head + (kind <> 'self') FROM log WHERE id = log)) WHERE person = ?`).run(person);
}
