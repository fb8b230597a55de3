import type { DatabaseSync } from 'node:sqlite';
import type { MemberState } from '../logs/membership.ts';
import { number, numberOrNull, text, type Row } from './sqlite-rows.node.ts';

export const membersSql = 'SELECT person, role, joined, ended FROM member WHERE log = ? ORDER BY standing';

/** Present and former members in the order of joining. */
export function membersOf(database: DatabaseSync, log: string): readonly MemberState[] {
  return database.prepare(membersSql).all(log).map(memberOf);
}

export function memberOf(row: Row): MemberState {
  return { person: text(row, 'person'), role: row['role'] === 'owner' ? 'owner' : 'member', joined: number(row, 'joined'), left: numberOrNull(row, 'ended') };
}
