import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** One measured figure beside its aim, if it has one. `ratio` is measured over aim, so that below 1 is good whatever the unit. */
export interface Row {
  readonly what: string;
  readonly measured: number;
  readonly unit: string;
  readonly aim: number | null;
  /** Most aims are ceilings; rates are floors. */
  readonly better: 'lower' | 'higher';
  readonly note?: string;
}

function ratio({ measured, aim, better }: Row): number | null {
  if (aim === null) return null;
  return better === 'lower' ? measured / aim : aim / measured;
}

function number(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** Aim, ratio and verdict. */
function judged(row: Row): string[] {
  const by = ratio(row);
  if (row.aim === null || by === null) return ['', '', ''];
  return [`${row.better === 'lower' ? 'under' : 'over'} ${number(row.aim)}`, number(by), by <= 1 ? 'met' : 'missed'];
}

export function printTable(rows: readonly Row[]): void {
  const cells = rows.map((row) => [row.what, `${number(row.measured)} ${row.unit}`, ...judged(row), row.note ?? '']);
  const head = ['what', 'measured', 'aim', 'ratio', '', 'note'];
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((cell) => cell[column]?.length ?? 0)));
  for (const line of [head, ...cells]) console.log(line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd());
}

export function writeResults(rows: readonly Row[], folder: string): string {
  mkdirSync(folder, { recursive: true });
  const file = `${folder}/${new Date().toISOString().replaceAll(':', '-')}.json`;
  const machine = { cpus: cpus().length, model: cpus()[0]?.model ?? '', node: process.version };
  writeFileSync(file, `${JSON.stringify({ machine, rows: rows.map((row) => ({ ...row, ratio: ratio(row) })) }, null, 2)}\n`);
  return file;
}

/** The value below which `share` of the samples lie. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
