import type { Random } from '@earshot/base/random.ts';
import type { App, Platform } from '../knowledge/kinds.ts';
import type { Persona } from './persona.ts';
import { wrongAnswers } from './visit.ts';

/**
 * What one does without a doctor: go through the inventory in its order, row by row, until one tells of one's own fault. Rows that tell
 * what can be the cause, what to look at or what to do count as one move each; what only explains counts for nothing. Nobody reads what
 * another system or app is told.
 *
 * Two walkers. This one is a person like those who visit the Doctor: she looks at every row, and one look in so many deceives her, so that
 * she passes by and goes on, and begins again when she was through. Taking another's row for hers is spared her, and nothing tells her which
 * of the rows have to do with what has disappeared.
 */
export function movesOfWalker(persona: Persona, random: Random, errs = wrongAnswers): number {
  const walked = allRows.filter((row) => concerns(row, persona));
  const hers = walked.flatMap((row, at) => (tellsOf(persona, row) ? [at] : []));
  if (hers.length === 0) return walked.length;
  for (let rounds = 0; ; rounds += 1) {
    const noticed = hers.find(() => random.fraction() >= errs);
    if (noticed !== undefined) return rounds * walked.length + noticed + 1;
  }
}

/** The other one errs in nothing and leaves out the rows of the other tree, as if somebody had told her where to begin. Nobody walks so well. */
export function movesOfPerfectWalker(persona: Persona): number {
  const walked = (persona.tree === 'gone' ? gone : notWorking).filter((row) => concerns(row, persona));
  const at = walked.findIndex((row) => tellsOf(persona, row));
  // Nothing of it told of her fault: then all of it was walked in vain.
  return at === -1 ? walked.length : at + 1;
}

function concerns(row: number, { app, platform }: Persona): boolean {
  return (onlyOn.get(row)?.includes(platform) ?? true) && (onlyIn.get(row)?.includes(app) ?? true);
}

function tellsOf({ rows, curedBy }: Persona, row: number): boolean {
  return rows.includes(row) || curedBy.includes(row);
}

const notWorking: readonly number[] = [
  27, 28, 29, 30, 31, 32, 33, 34, 35, 37, 38, 39, 43, 44, 45, 46, 47, 51, 52, 55, 56, 57, 58, 61, 63, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 81, 82,
  84, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 100, 114, 115, 116, 121, 122, 123, 125, 126, 127, 128, 129, 130, 131, 134, 138, 139, 142, 143, 144,
  145, 148, 150, 151, 152, 153, 154, 155, 157, 158, 160, 162, 163, 166, 168, 170, 225, 226, 227,
]; // prettier-ignore
const gone: readonly number[] = [195, 196, 197, 199, 204, 205, 206, 207, 208, 209, 210, 211, 212, 213, 216, 220, 231];
const allRows = [...notWorking, ...gone].toSorted((a, b) => a - b);

const apple: readonly Platform[] = ['ios', 'macos'];
const onlyOn: ReadonlyMap<number, readonly Platform[]> = new Map<number, readonly Platform[]>([
  [31, apple], [32, apple], [145, apple], [154, apple], [157, apple], [195, apple], [199, apple], [209, apple], [211, apple], [213, apple],
  [33, ['android']], [144, ['android']],
]); // prettier-ignore
const iMessage: readonly App[] = ['imessage'];
const onlyIn: ReadonlyMap<number, readonly App[]> = new Map<number, readonly App[]>([
  [125, iMessage], [126, iMessage], [127, iMessage], [128, iMessage], [129, iMessage], [195, iMessage], [199, iMessage], [209, iMessage],
  [152, ['whatsapp']],
]); // prettier-ignore
