import { type Bearing, bearingOf } from '@earshot/doctor/probes/catalogue.ts';
import type { ProbeResult } from '@earshot/doctor/probes/probe.ts';
import type { Knowledge } from '@earshot/doctor/knowledge/schema.ts';
import { failures } from '@earshot/protocol/failure-entries.ts';
import { exitCodeOf, type ExitCode } from '../output/exit-codes.ts';
import type { JsonLine, Output } from '../output/output.ts';
import { remedyOf, type Side } from './remedies.ts';

const MARKS = { fine: 'ok   ', hint: 'note ', trouble: 'WRONG' } as const;

/** One line for each probe that found something out, and one at the end. `--json` tells of the others as well. */
export function tellFindings(output: Output, side: Side, results: readonly ProbeResult[], words: Knowledge['probes']): ExitCode {
  for (const result of results) {
    const { probe, answer, code, measured, took } = result;
    const bearing = weightOf(result);
    if (bearing === null && !output.json) continue;
    const line: JsonLine = { probe, answer, bearing, code, next: nextOf(side, result), measured, took };
    output.result(line, sentence(side, result, words));
  }
  const count = { troubles: countOf(results, 'trouble'), hints: countOf(results, 'hint'), unknown: countOf(results, null) };
  output.result({ doctor: side, ...count }, verdict(count));
  return exitCodeFor(results);
}

/** 0 when nothing stands in the way; else what the first trouble ends with, because the others may follow from it. */
export function exitCodeFor(results: readonly ProbeResult[]): ExitCode {
  const code = results.find((result) => weightOf(result) === 'trouble')?.code ?? null;
  return code === null ? 0 : exitCodeOf(code);
}

/** What no failure says, such as a link that is slow, hinders and does not stop: everything arrives all the same. */
function weightOf({ probe, answer, code }: ProbeResult): Bearing | null {
  const bearing = bearingOf(probe, answer);
  return bearing === 'trouble' && code === null ? 'hint' : bearing;
}

function sentence(side: Side, result: ProbeResult, words: Knowledge['probes']): string {
  const { probe, answer, code, measured } = result;
  const bearing = weightOf(result) ?? 'fine';
  const known = words.find(({ id }) => id === probe);
  const says = known?.answers.find(({ id }) => id === answer)?.text.en ?? answer;
  const facts = [...(bearing === 'fine' || code === null ? [] : [code]), ...Object.entries(measured).map(([name, value]) => `${name}: ${value}`)];
  const next = nextOf(side, result);
  return [MARKS[bearing], `${known?.title.en ?? probe}: ${says}.`, ...(next === null ? [] : [next]), ...(facts.length === 0 ? [] : [`[${facts.join('; ')}]`])].join(' ');
}

function nextOf(side: Side, result: ProbeResult): string | null {
  const { probe, answer, code } = result;
  return remedyOf(side, probe, answer) ?? (code !== null && weightOf(result) === 'trouble' ? failures[code].next : null);
}

function countOf(results: readonly ProbeResult[], bearing: Bearing | null): number {
  return results.filter((result) => weightOf(result) === bearing).length;
}

function verdict({ troubles, unknown }: { readonly troubles: number; readonly unknown: number }): string {
  const rest = unknown === 0 ? '' : ` ${unknown} could not be looked at.`;
  return troubles === 0 ? `Nothing stands in the way.${rest}` : `${troubles === 1 ? 'One thing stands' : `${troubles} things stand`} in the way; the first one named comes first.${rest}`;
}
