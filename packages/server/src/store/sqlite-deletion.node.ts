import type { DatabaseSync } from 'node:sqlite';
import { heirOf } from '../logs/membership.ts';
import { membersOf } from './sqlite-members.node.ts';
import { SqliteHolding } from './sqlite-holding.node.ts';
import { number, text } from './sqlite-rows.node.ts';
import { endUnnamed } from './sqlite-uploads.node.ts';

/** Within a transaction: everything that made the account usable goes, and its own log; what it said to others stays theirs, and so does the chain that proves it. */
export function deletePerson(database: DatabaseSync, person: string, at: number): void {
  for (const row of database.prepare('SELECT m.log, l.kind, l.head FROM member m JOIN log l ON l.id = m.log WHERE m.person = ?').all(person)) {
    const log = text(row, 'log');
    if (row['kind'] === 'self') deleteLog(database, log);
    else leave(database, { log, person, head: number(row, 'head'), group: row['kind'] === 'group', at });
  }
  for (const statement of [
    'DELETE FROM passkey WHERE person = ?', 'DELETE FROM challenge WHERE person = ?', 'DELETE FROM invitation WHERE invited_by = ? AND used IS NULL',
    'DELETE FROM cursor WHERE person = ?', 'DELETE FROM device WHERE person = ?', 'DELETE FROM link WHERE person = ?',
    'DELETE FROM account_grant WHERE person = ?', 'DELETE FROM predecessor WHERE person = ?', 'DELETE FROM chain_device WHERE person = ?',
    "UPDATE former_chain SET seeds = '[]' WHERE person = ?",
    "UPDATE person SET state = 'deleted', name = 'Deleted account', password = NULL WHERE id = ?",
  ]) database.prepare(statement).run(person);
  database.prepare('DELETE FROM block WHERE person = ?1 OR blocked = ?1').run(person);
}

interface Leaving {
  readonly log: string;
  readonly person: string;
  readonly head: number;
  readonly group: boolean;
  readonly at: number;
}

function leave(database: DatabaseSync, { log, person, head, group, at }: Leaving): void {
  database.prepare('UPDATE member SET ended = ? WHERE log = ? AND person = ? AND ended IS NULL').run(head, log, person);
  database.prepare('UPDATE log SET due = 1 WHERE id = ?').run(log);
  const heir = group ? heirOf(membersOf(database, log)) : null;
  if (heir) database.prepare("UPDATE member SET role = 'owner' WHERE log = ? AND person = ?").run(log, heir.person);
  new SqliteHolding(database).left(log, person, at);
}

function deleteLog(database: DatabaseSync, log: string): void {
  const blobs = database.prepare('DELETE FROM naming WHERE event IN (SELECT number FROM event WHERE log = ?) RETURNING blob').all(log).map((row) => number(row, 'blob'));
  endUnnamed(database, blobs);
  for (const statement of ['DELETE FROM granted WHERE event IN (SELECT number FROM event WHERE log = ?)', 'DELETE FROM device_granted WHERE event IN (SELECT number FROM event WHERE log = ?)', 'DELETE FROM ending WHERE event IN (SELECT number FROM event WHERE log = ?)', 'DELETE FROM event WHERE log = ?', 'DELETE FROM cursor WHERE log = ?', 'DELETE FROM member WHERE log = ?', 'DELETE FROM log WHERE id = ?'])
    database.prepare(statement).run(log);
}
