import type { SQLOutputValue } from 'node:sqlite';

/** Rows of STRICT tables have the types of their columns; these say which, and notice when it is not so. */
export type Row = Record<string, SQLOutputValue>;

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new TypeError(`column ${column} is no text`);
  return value;
}

export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

export function number(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw new TypeError(`column ${column} is no number`);
  return value;
}

export function numberOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : number(row, column);
}

/** The hash of the first entry of somebody's chain; left out before she has one. */
export function identityIn(row: Row): { readonly identity?: string } {
  return row['identity'] === null ? {} : { identity: text(row, 'identity') };
}

/** Marks for a list of `count` values. */
export function marks(count: number): string {
  return Array.from({ length: count }, () => '?').join(',');
}
