import { often, type Often } from '../knowledge/scales.ts';
import type { Cause, Probe, Question } from '../knowledge/schema.ts';

/** The part that is left when the stated words leave nothing: what was not thought of can still happen. */
const leastRest = 0.02;
/** How sure a healthy thing answers that all is well. */
const healthy = 0.93;
/** How often an answer is simply wrong: somebody looked in the wrong place, a measurement met a bad moment. */
export const mistaken = 0.1;

/** Remembers what it was asked once: there is one pair of cause and question, and many settings in which it counts. */
export function answersRemembered(): typeof answersUnder {
  const known = new Map<Cause, Map<string, readonly number[]>>();
  return (cause, asked) => {
    const ofCause = known.get(cause) ?? new Map<string, readonly number[]>();
    known.set(cause, ofCause);
    const chances = ofCause.get(asked.id) ?? answersUnder(cause, asked);
    ofCause.set(asked.id, chances);
    return chances;
  };
}

/** How often each answer of something asked is given when this is the cause, mistakes included. */
export function answersUnder(cause: Cause, asked: Question | Probe): readonly number[] {
  const ids = asked.answers.map((answer) => answer.id);
  const usually = ordinarily(asked);
  const shown = cause.shows[asked.id];
  const plain = shown === undefined ? usually : stated(ids, shown, usually);
  return plain.map((chance) => chance * (1 - mistaken) + ((1 - chance) * mistaken) / Math.max(ids.length - 1, 1));
}

/** What is answered when the cause has nothing to do with it. */
function ordinarily(asked: Question | Probe): readonly number[] {
  const ids = asked.answers.map((answer) => answer.id);
  const even = ids.map(() => 1 / ids.length);
  if (asked.ordinarily !== undefined) return stated(ids, asked.ordinarily, even);
  const fine = asked.answers.filter((answer) => answer.fine === true).length;
  if (fine === 0 || fine === ids.length) return even;
  return asked.answers.map((answer) => (answer.fine === true ? healthy / fine : (1 - healthy) / (ids.length - fine)));
}

/** Answers that the words name get their share; the rest is shared by the others as it ordinarily is. */
function stated(ids: readonly string[], shown: Readonly<Record<string, Often>>, otherwise: readonly number[]): readonly number[] {
  const named = ids.map((id) => (shown[id] === undefined ? undefined : often[shown[id]]));
  const sum = named.reduce<number>((total, chance) => total + (chance ?? 0), 0);
  const openShare = otherwise.reduce((total, chance, index) => total + (named[index] === undefined ? chance : 0), 0);
  const rest = Math.max(1 - sum, leastRest);
  const raw = named.map((chance, index) => chance ?? (rest * (otherwise[index] ?? 0)) / (openShare || 1));
  const whole = raw.reduce((total, chance) => total + chance, 0);
  return raw.map((chance) => chance / whole);
}
