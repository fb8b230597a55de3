/** One line of the fault matrix. */
export interface Row {
  readonly fault: string;
  readonly judgement: string;
  readonly clips: number;
  readonly named: number;
  readonly others: number;
  /** Milliseconds after the fault began, in turned time: the same on each machine. */
  readonly medianMs: number;
  readonly longestMs: number;
}

/** The section of the docs, made by the test that measures it. */
export function sentinelSection(healthy: { clips: number; seconds: number; alarms: number }, rows: readonly Row[]): string {
  const lines = rows.map((row) => `| ${row.fault} | \`${row.judgement}\` | ${row.named} of ${row.clips} | ${row.others} | ${seconds(row.medianMs)} | ${seconds(row.longestMs)} |`);
  return `
Healthy: ${healthy.clips} clips of quiet and hesitant speech, ${Math.round(healthy.seconds)} s in all: ${healthy.alarms} false alarms.

Broken: the same clips, while the person speaks. "Other" counts what was named besides, and must be 0. Times are from the beginning of the fault, in
seconds; the aim is 2.

| fault | named as | named | other | median | longest |
|---|---|---|---|---|---|
${lines.join('\n')}

`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(1);
}
