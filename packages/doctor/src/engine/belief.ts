import { often, usual } from '../knowledge/scales.ts';
import type { Cause, Knowledge, Probe, Question, Step } from '../knowledge/schema.ts';
import { answersUnder, mistaken } from './likelihood.ts';
import { scopeOf, type Scope } from './scope.ts';
import { unknown, type Happening, type Session } from './session.ts';
import { lastAnswers, trialsOf } from './trials.ts';
import type { Place, Tree } from '../knowledge/kinds.ts';
import { bearingOf, isProbeId } from '../probes/catalogue.ts';

/** A symptom that a cause is not known for can still be how it was told. */
const unlikelySymptom = 0.04;
const codeNamesIt = 0.9;
const codeNamesAnother = 0.03;
const measuredIsIt = 0.9;
const measuredIsAnother = 0.03;
/** Something else may have helped, or it went by itself. */
const helpedByChance = 0.03;

/** The knowledge of one scope made ready to calculate with: rows are causes, in the scope's order. */
export interface Model {
  readonly tree: Tree;
  readonly place: Place;
  readonly scope: Scope;
  readonly asked: ReadonlyMap<string, Asked>;
  /** Every probe and question there is: a re-test may be one that no cause speaks of. */
  readonly entries: ReadonlyMap<string, Question | Probe>;
  readonly steps: ReadonlyMap<string, Step>;
  readonly priors: readonly number[];
  /** By step: which causes it clears, by their place in the scope, and how often. */
  readonly helps: ReadonlyMap<string, readonly { readonly cause: number; readonly chance: number }[]>;
}

export interface Asked {
  readonly entry: Question | Probe;
  /** By answer id: for each cause, how often it is answered. */
  readonly given: ReadonlyMap<string, readonly number[]>;
}

/** One happening's word on the causes: for each, how well it goes with it. */
export interface Testimony {
  readonly of: string;
  readonly answer: string;
  readonly kind: 'symptom' | 'code' | 'answer' | 'retest';
  readonly given: readonly number[];
}

export function modelOf(knowledge: Knowledge, session: Session, tree: Tree, answers = answersUnder): Model {
  const scope = scopeOf(knowledge, session, tree);
  const asked = [...scope.probes, ...scope.questions].map((entry): readonly [string, Asked] => {
    const under = scope.causes.map((cause) => answers(cause, entry));
    return [entry.id, { entry, given: new Map(entry.answers.map(({ id }, index) => [id, under.map((chances) => chances[index] ?? 0)])) }];
  });
  return {
    tree,
    place: session.place,
    scope,
    asked: new Map(asked),
    entries: new Map([...knowledge.probes, ...knowledge.questions].map((entry) => [entry.id, entry])),
    steps: new Map(knowledge.steps.map((step) => [step.id, step])),
    helps: new Map(scope.steps.map((step) => [step.id, helpsOf(step, scope.causes)])),
    priors: normalised(scope.causes.map((cause) => usual[cause.usual])),
  };
}

/** How probable each cause of the scope is after all that happened. */
export function beliefOf(model: Model, session: Session): readonly number[] {
  const sum = priorsFor(model, session).map((prior) => Math.log(prior));
  for (const { given } of testimonies(model, session)) given.forEach((chance, index) => (sum[index] = (sum[index] ?? 0) + Math.log(chance)));
  const top = Math.max(...sum);
  return normalised(sum.map((each) => Math.exp(each - top)));
}

/**
 * How common the causes are among people who come like this. Whoever told nothing more than that something does not work told nothing against
 * what was measured either: then it is a trouble that was measured.
 */
function priorsFor(model: Model, session: Session): readonly number[] {
  const measured = [...lastAnswers({ ...session, happened: stillHolding(model, session) })].filter(([of, answer]) => isProbeId(of) && bearingOf(of, answer) === 'trouble');
  if (session.symptom !== null || session.code !== null || measured.length === 0) return model.priors;
  const explains = ({ shows }: Cause): boolean => measured.some(([of, answer]) => often[shows[of]?.[answer] ?? 'never'] >= often.sometimes);
  return model.scope.causes.map((cause, index) => (model.priors[index] ?? 0) * (explains(cause) ? measuredIsIt : measuredIsAnother));
}

/** Everything that speaks for or against causes, in the order in which it came. */
export function testimonies(model: Model, session: Session): readonly Testimony[] {
  const answered = stillHolding(model, session).flatMap(({ of, answer }): Testimony[] => {
    const given = model.asked.get(of)?.given.get(answer);
    return given === undefined ? [] : [{ kind: 'answer', of, answer, given }];
  });
  return [...fromSymptom(model, session), ...fromCode(model, session), ...answered, ...fromSteps(model, session)];
}

type Answered = Extract<Happening, { kind: 'answer' }>;

/**
 * What was answered before a step tells what was wrong. What the step made obsolete and is asked again tells how things stand now: that all is
 * well may be the step's own doing and says nothing. What a reset took away says nothing of before either: the new answer takes its place.
 */
function stillHolding(model: Model, { happened }: Session): readonly Answered[] {
  let [kept, last]: [Answered[], Step | undefined] = [[], undefined];
  for (const each of happened) {
    if (each.kind === 'step' && each.outcome === 'done') last = model.steps.get(each.step);
    if (each.kind !== 'answer' || each.answer === unknown) continue;
    if (last?.after?.includes(each.of) === true) {
      if (isFine(model, each.of, each.answer)) continue;
      const takenAway = last.kind === 'reset' || last.kind === 'reinstall';
      // The same trouble seen once more is not twice the evidence.
      kept = kept.filter(({ of, answer }) => of !== each.of || (!takenAway && isFine(model, of, answer)));
    }
    kept.push(each);
  }
  return kept;
}

/** What the tests of each step say together; nothing when all was well with what was tested before, too. */
function fromSteps(model: Model, session: Session): Testimony[] {
  return trialsOf(session).flatMap(({ step, before, test, tries }): Testimony[] => {
    const done = model.steps.get(step);
    if (done === undefined || test === null || isFine(model, test, before.get(test) ?? unknown)) return [];
    const known = tries.filter((answer) => answer !== unknown);
    const fine = known.map((answer) => isFine(model, test, answer));
    const given = model.scope.causes.map((cause) => chanceOfTries(fine, Math.max(clearing(done, cause), helpedByChance)));
    return known.length === 0 ? [] : [{ kind: 'retest', of: step, answer: known.at(-1) ?? '', given }];
  });
}

/** How probable these answers of a test are when the step helps so often: it helped or it did not, each answer may be mistaken. */
export function chanceOfTries(fine: readonly boolean[], helps: number): number {
  const under = (works: boolean): number => fine.reduce((chance, each) => chance * (each === works ? 1 - mistaken : mistaken), 1);
  return helps * under(true) + (1 - helps) * under(false);
}

function fromSymptom({ scope }: Model, session: Session): Testimony[] {
  const symptom = scope.symptoms.find(({ id }) => id === session.symptom);
  if (symptom === undefined) return [];
  const given = scope.causes.map(({ id }) => {
    const word = symptom.likely[id];
    return word === undefined ? unlikelySymptom : often[word];
  });
  return [{ kind: 'symptom', of: symptom.id, answer: '', given }];
}

function fromCode({ scope }: Model, { code }: Session): Testimony[] {
  if (code === null || !scope.causes.some((cause) => cause.codes?.includes(code))) return [];
  const given = scope.causes.map((cause) => (cause.codes?.includes(code) === true ? codeNamesIt : codeNamesAnother));
  return [{ kind: 'code', of: code, answer: '', given }];
}

/** Whether this answer of this probe or question says that all is well. */
export function isFine(model: Model, of: string, answer: string): boolean {
  return model.entries.get(of)?.answers.find(({ id }) => id === answer)?.fine === true;
}

/** How often the step clears this cause, 0 to 1. */
export function clearing(step: Step, cause: Cause): number {
  const word = step.clears[cause.id];
  return word === undefined ? 0 : often[word];
}

function helpsOf(step: Step, causes: readonly Cause[]): { cause: number; chance: number }[] {
  return causes.flatMap((each, cause) => (step.clears[each.id] === undefined ? [] : [{ cause, chance: clearing(step, each) }]));
}

export function normalised(weights: readonly number[]): readonly number[] {
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => (whole > 0 ? weight / whole : 0));
}
