import type { App } from '../knowledge/kinds.ts';
import type { Knowledge, Text } from '../knowledge/schema.ts';
import { wordsOf } from './words.ts';

export type FoundKind = 'symptom' | 'cause' | 'question' | 'step' | 'fact';

export interface Found {
  readonly kind: FoundKind;
  readonly id: string;
  readonly title: Text;
  /** Comparable within one search only. */
  readonly score: number;
}

export interface SearchOptions {
  /** What belongs to another app alone is left out. */
  readonly app?: App;
  readonly kinds?: readonly FoundKind[];
  readonly limit?: number;
}

interface Entry {
  readonly kind: FoundKind;
  readonly id: string;
  readonly title: Text;
  readonly apps: readonly App[] | undefined;
  readonly preference: number;
  /** Each way to say it, as its telling words. */
  readonly wordings: readonly ReadonlySet<string>[];
  /** Every word of the entry. */
  readonly body: ReadonlySet<string>;
}

/** People tell symptoms; what lies behind is found by asking. */
const preference: Readonly<Record<FoundKind, number>> = { symptom: 1.4, cause: 1, fact: 1, question: 0.7, step: 0.85 };
const bodyShare = 0.5;
/** Nobody may miss a warning against what she is about to do. */
const warned = 1.6;

/**
 * Finds entries by what somebody says, in any language the knowledge is written in. Own scoring, because the corpus is a few hundred short
 * entries: the best single wording counts, by how much of the query it covers and how much of it the query covers, rare words more.
 */
export function createSearch(knowledge: Knowledge): (query: string, options?: SearchOptions) => Found[] {
  const entries = entriesOf(knowledge);
  const weight = rarity(entries);
  const vocabulary = [...new Set(entries.flatMap((entry) => [...entry.body]))];
  return (query, { app, kinds, limit = 10 } = {}) => {
    const asked = [...new Set(wordsOf(query))].map((word) => ({ near: nearTo(word, vocabulary), weight: weight(word) }));
    return entries
      .filter((entry) => (kinds?.includes(entry.kind) ?? true) && (app === undefined || (entry.apps?.includes(app) ?? true)))
      .map(({ kind, id, title, wordings, body, ...entry }) => {
        const best = Math.max(0, ...wordings.map((wording) => likeness(asked, wording, weight)));
        return { kind, id, title, score: (best + bodyShare * covered(asked, body)) * entry.preference };
      })
      .filter(({ score }) => score > 0)
      .toSorted((a, b) => b.score - a.score)
      .slice(0, limit);
  };
}

type Asked = readonly { readonly near: ReadonlyMap<string, number>; readonly weight: number }[];

/** The share of the query that these words cover, the rarer the more; 0 to 1. */
function covered(asked: Asked, words: ReadonlySet<string>): number {
  const whole = asked.reduce((sum, word) => sum + word.weight, 0);
  const hit = asked.reduce((sum, word) => sum + word.weight * closest(word.near, words), 0);
  return whole === 0 ? 0 : hit / whole;
}

function likeness(asked: Asked, wording: ReadonlySet<string>, weight: (word: string) => number): number {
  const forth = covered(asked, wording);
  const words = [...wording];
  const whole = words.reduce((sum, word) => sum + weight(word), 0);
  const back = words.reduce((sum, word) => sum + weight(word) * Math.max(0, ...asked.map(({ near }) => near.get(word) ?? 0)), 0);
  return whole === 0 ? 0 : Math.sqrt(forth * (back / whole));
}

function closest(near: ReadonlyMap<string, number>, words: ReadonlySet<string>): number {
  let best = 0;
  for (const [word, likeliness] of near) if (likeliness > best && words.has(word)) best = likeliness;
  return best;
}

/** The words that somebody may have meant: the same, the same with another ending, the same with one slip. */
function nearTo(word: string, vocabulary: readonly string[]): ReadonlyMap<string, number> {
  const near = new Map<string, number>([[word, 1]]);
  if (word.length < 4) return near;
  for (const other of vocabulary) {
    if (other === word || other.length < 4) continue;
    if (other.startsWith(word) || word.startsWith(other)) near.set(other, 0.7);
    else if (word.length >= 5 && oneSlip(word, other)) near.set(other, 0.7);
  }
  return near;
}

/** One letter more, less, other or exchanged with its neighbour. */
function oneSlip(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  const rest = (text: string, skip: number): string => text.slice(at + skip);
  if (rest(a, 1) === rest(b, 1) || rest(a, 1) === rest(b, 0) || rest(a, 0) === rest(b, 1)) return true;
  return a[at] === b[at + 1] && a[at + 1] === b[at] && rest(a, 2) === rest(b, 2);
}

function rarity(entries: readonly Entry[]): (word: string) => number {
  const counts = new Map<string, number>();
  for (const { body } of entries) for (const word of body) counts.set(word, (counts.get(word) ?? 0) + 1);
  return (word) => Math.log(1 + entries.length / (1 + (counts.get(word) ?? 0)));
}

function entriesOf({ symptoms, causes, questions, steps, facts }: Knowledge): Entry[] {
  const entry = (kind: FoundKind, { id, apps }: { id: string; apps?: readonly App[] | undefined }, title: Text, says: Says, more: readonly Text[], weight = preference[kind]): Entry => {
    const wordings = [...both(title), ...(says?.en ?? []), ...(says?.de ?? [])];
    return {
      kind, id, title, apps, preference: weight,
      wordings: wordings.map((wording) => new Set(wordsOf(wording))),
      body: new Set([...wordings, ...more.flatMap(both)].flatMap(wordsOf)),
    }; // prettier-ignore
  };
  return [
    ...symptoms.map((each) => entry('symptom', each, each.title, each.says, [])),
    ...causes.map((each) => entry('cause', each, each.title, each.says, [each.explain])),
    ...questions.map((each) => entry('question', each, each.text, undefined, [each.why])),
    ...steps.map((each) => entry('step', each, each.title, each.says, [each.why, ...(each.warning === undefined ? [] : [each.warning])])),
    ...facts.map((each) => entry('fact', each, each.title, each.says, [each.text], each.kind === 'warning' ? warned : undefined)),
  ];
}

type Says = { readonly en: readonly string[]; readonly de?: readonly string[] | undefined } | undefined;

const both = ({ en, de }: Text): string[] => (de === undefined ? [en] : [en, de]);
