import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Id } from '@earshot/base/ids.ts';
import { SQLITE_CORRUPT, SQLITE_NOTADB, sqliteCode } from '../store/sqlite-commit.node.ts';
import { number, text, textOrNull } from '../store/sqlite-rows.node.ts';
import { DATA_VERSION } from '../store/sqlite-schema.node.ts';
import type { Finding } from './findings.ts';

/** Bytes that the database answers for. */
export interface WantedBlob {
  readonly id: Id;
  readonly state: 'open' | 'closed';
  /** So many bytes were acknowledged. */
  readonly length: number;
  /** SHA-256 of a closed one. */
  readonly sum: string | null;
}

/**
 * Reads a database without changing it, whether a server has it open or not. Null when it cannot be read, which a finding says, and when there is
 * none yet or nothing in it: a first start was cut off before it wrote anything.
 */
export function openToRead(path: string): { readonly database: DatabaseSync | null; readonly findings: readonly Finding[] } {
  if (!existsSync(path)) return { database: null, findings: [] };
  const database = new DatabaseSync(path, { timeout: 5_000 });
  try {
    database.exec('PRAGMA query_only = ON');
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
    const begun = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() !== undefined;
    if (begun && version <= DATA_VERSION) return { database, findings: [] };
    database.close();
    return { database: null, findings: begun ? [{ code: 'database.newer', evidence: { path, version, known: DATA_VERSION } }] : [] };
  } catch (error) {
    database.close();
    if (!isDamage(error)) throw error;
    return { database: null, findings: [{ code: 'database.unreadable', evidence: { path } }] };
  }
}

/** Whether a server wrote anything here. What cannot be read may well be what it wrote. */
export function isBegun(path: string): boolean {
  const { database, findings } = openToRead(path);
  database?.close();
  return database !== null || findings.length > 0;
}

/** Whether nobody ever joined here; an account that was deleted stays somebody. What cannot be read may well know somebody. */
export function knowsNobody(path: string): boolean {
  const { database, findings } = openToRead(path);
  if (database === null) return findings.length === 0;
  try {
    return database.prepare('SELECT 1 FROM person LIMIT 1').get() === undefined;
  } catch (error) {
    if (!isDamage(error)) throw error;
    return false;
  } finally {
    database.close();
  }
}

export function isDamage(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

/** Whether it is sound in itself. `thorough` compares every index with its table as well. */
export function checkIntegrity(database: DatabaseSync, thorough: boolean): readonly Finding[] {
  const verdict = firstVerdict(database, thorough ? 'integrity_check' : 'quick_check');
  return verdict === 'ok' ? [] : [{ code: 'database.damaged', evidence: { reason: verdict.slice(0, 200) } }];
}

function firstVerdict(database: DatabaseSync, pragma: 'integrity_check' | 'quick_check'): string {
  try {
    return String(database.prepare(`PRAGMA ${pragma}(1)`).get()?.[pragma]);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return error instanceof Error ? error.message : 'unreadable';
  }
}

/** Numbers are 1 to head, each once: the table itself holds that none is there twice. */
export function checkLogs(database: DatabaseSync): readonly Finding[] {
  const rows = database.prepare('SELECT l.id, l.head, count(e.seq) AS count, coalesce(max(e.seq), 0) AS last FROM log l LEFT JOIN event e ON e.log = l.id GROUP BY l.id HAVING count <> l.head OR last <> l.head').all();
  return rows.map((row) => ({ code: 'log.gap', evidence: { log: text(row, 'id'), head: number(row, 'head'), events: number(row, 'count') } }));
}

/** Since then there are chains and keys. */
const SEALED_SINCE = 5;

const isSealed = (database: DatabaseSync): boolean => Number(database.prepare('PRAGMA user_version').get()?.['user_version']) >= SEALED_SINCE;

/** Places are 0 to the length of the chain. Whether entries are right only people's devices know. */
export function checkChains(database: DatabaseSync): readonly Finding[] {
  if (!isSealed(database)) return [];
  const rows = database.prepare('SELECT p.id, p.chain, count(c.place) AS count, coalesce(max(c.place) + 1, 0) AS length FROM person p LEFT JOIN chain c ON c.person = p.id GROUP BY p.id HAVING count <> p.chain OR length <> p.chain').all();
  return rows.map((row) => ({ code: 'chain.gap', evidence: { person: text(row, 'id'), length: number(row, 'chain'), entries: number(row, 'count') } }));
}

/** What began a key generation still has its keys. (What changed the members may have begun one or not.) */
export function checkKeys(database: DatabaseSync): readonly Finding[] {
  if (!isSealed(database)) return [];
  const rows = database.prepare(`SELECT log, seq FROM event WHERE class IN ('create', 'key') AND json_extract(envelope, '$.generation') > 0 AND NOT EXISTS (SELECT 1 FROM granted WHERE event = number)`).all();
  return rows.map((row) => ({ code: 'keys.missing', evidence: { log: text(row, 'log'), seq: number(row, 'seq') } }));
}

export function wantedBlobs(database: DatabaseSync): readonly WantedBlob[] {
  const rows = database.prepare("SELECT id, state, offset, sum FROM blob WHERE state IN ('open', 'closed') AND offset > 0 ORDER BY number").all();
  return rows.map((row) => ({ id: text(row, 'id'), state: text(row, 'state') === 'open' ? 'open' : 'closed', length: number(row, 'offset'), sum: textOrNull(row, 'sum') }));
}

/** Which of these the database never heard of, and which it gave up. */
export function unwantedOf(database: DatabaseSync, blobs: readonly Id[]): { readonly unknown: readonly Id[]; readonly gone: readonly Id[] } {
  const find = database.prepare('SELECT state FROM blob WHERE id = ?');
  const states = blobs.map((blob) => ({ blob, state: find.get(blob)?.['state'] }));
  return { unknown: states.filter(({ state }) => state === undefined).map(({ blob }) => blob), gone: states.filter(({ state }) => state === 'gone').map(({ blob }) => blob) };
}

export function countEvents(database: DatabaseSync): number {
  return Number(database.prepare('SELECT count(*) AS count FROM event').get()?.['count']);
}
