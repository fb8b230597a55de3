import { often, usual } from '../knowledge/scales.ts';
import type { Cause, Knowledge, Probe, Question, Step } from '../knowledge/schema.ts';
import { answersUnder, mistaken } from './likelihood.ts';
import { scopeOf, type Scope } from './scope.ts';
import { unknown, type Session } from './session.ts';
import type { Tree } from '../knowledge/kinds.ts';

/** A symptom that a cause is not known for can still be how it was told. */
const unlikelySymptom = 0.04;
const codeNamesIt = 0.9;
const codeNamesAnother = 0.03;
/** Something else may have helped, or it went by itself. */
const helpedByChance = 0.03;

/** The knowledge of one scope made ready to calculate with: rows are causes, in the scope's order. */
export interface Model {
  readonly scope: Scope;
  readonly asked: ReadonlyMap<string, Asked>;
  /** Every probe and question there is: a re-test may be one that no cause speaks of. */
  readonly entries: ReadonlyMap<string, Question | Probe>;
  readonly steps: ReadonlyMap<string, Step>;
  readonly priors: readonly number[];
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

export function modelOf(knowledge: Knowledge, session: Session, tree: Tree): Model {
  const scope = scopeOf(knowledge, session, tree);
  const asked = [...scope.probes, ...scope.questions].map((entry): readonly [string, Asked] => {
    const under = scope.causes.map((cause) => answersUnder(cause, entry));
    return [entry.id, { entry, given: new Map(entry.answers.map(({ id }, index) => [id, under.map((chances) => chances[index] ?? 0)])) }];
  });
  return {
    scope,
    asked: new Map(asked),
    entries: new Map([...knowledge.probes, ...knowledge.questions].map((entry) => [entry.id, entry])),
    steps: new Map(knowledge.steps.map((step) => [step.id, step])),
    priors: normalised(scope.causes.map((cause) => usual[cause.usual])),
  };
}

/** How probable each cause of the scope is after all that happened. */
export function beliefOf(model: Model, session: Session): readonly number[] {
  const sum = model.priors.map((prior) => Math.log(prior));
  for (const { given } of testimonies(model, session)) given.forEach((chance, index) => (sum[index] = (sum[index] ?? 0) + Math.log(chance)));
  const top = Math.max(...sum);
  return normalised(sum.map((each) => Math.exp(each - top)));
}

/** Everything that speaks for or against causes, in the order in which it came. */
export function testimonies(model: Model, session: Session): readonly Testimony[] {
  const told = [...fromSymptom(model, session), ...fromCode(model, session)];
  const before = new Map<string, string>();
  for (const each of withoutWhatNoLongerHolds(model, session)) {
    if (each.kind === 'answer') {
      const given = model.asked.get(each.of)?.given.get(each.answer);
      if (given !== undefined) told.push({ kind: 'answer', of: each.of, answer: each.answer, given });
    } else {
      const given = afterStep(model, each, before.get(each.of));
      if (given !== undefined) told.push({ kind: 'retest', of: each.step, answer: each.answer, given });
    }
    before.set(each.of, each.answer);
  }
  return told;
}

type Answered = Extract<Session['happened'][number], { kind: 'answer' | 'retest' }>;

/** A step that resets things takes with it what was answered about them before. */
function withoutWhatNoLongerHolds(model: Model, session: Session): readonly Answered[] {
  const gone = new Map<string, number>();
  session.happened.forEach((each, index) => {
    if (each.kind !== 'step' || each.outcome !== 'done') return;
    for (const of of model.steps.get(each.step)?.after ?? []) gone.set(of, index);
  });
  return session.happened.filter(
    (each, index): each is Answered =>
      (each.kind === 'retest' || (each.kind === 'answer' && index > (gone.get(each.of) ?? -1))) && each.answer !== unknown,
  );
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

/** What the re-test after a step says; nothing when all was well with it before, too. */
function afterStep(model: Model, retest: Answered, before: string | undefined): readonly number[] | undefined {
  if (retest.kind !== 'retest') return undefined;
  const step = model.steps.get(retest.step);
  if (step === undefined || (before !== undefined && isFine(model, retest.of, before))) return undefined;
  const fine = isFine(model, retest.of, retest.answer);
  return model.scope.causes.map((cause) => {
    const helps = Math.max(clearing(step, cause), helpedByChance);
    const well = helps * (1 - mistaken) + (1 - helps) * mistaken;
    return fine ? well : 1 - well;
  });
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

export function normalised(weights: readonly number[]): readonly number[] {
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => (whole > 0 ? weight / whole : 0));
}
