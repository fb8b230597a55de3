import type { Tree } from '../knowledge/kinds.ts';
import type { Step } from '../knowledge/schema.ts';
import type { Action } from './action.ts';
import { beliefOf, clearing, isFine, type Model } from './belief.ts';
import { mistaken } from './likelihood.ts';
import { unknown, type Session } from './session.ts';
import { trialsOf, type Trial } from './trials.ts';

/** So sure must it be that a step helped, or that it did not; in between it is tried once more. */
const sureEnough = 0.98;
/** Nobody tries the same thing more often than this. */
const mostTries = 4;

/** What a step that was done still demands: what it made obsolete is looked at again, then it is tested. */
export function unfinished(model: Model, session: Session): Action | undefined {
  const trial = trialsOf(session).at(-1);
  const step = model.steps.get(trial?.step ?? '');
  if (trial === undefined || step === undefined) return undefined;
  const since = session.happened.slice(trial.at + 1);
  const obsolete = (step.after ?? []).filter((of) => model.asked.has(of) && !since.some((each) => each.kind === 'answer' && each.of === of));
  const probes = obsolete.filter((of) => model.scope.probes.some(({ id }) => id === of));
  if (probes.length > 0) return { kind: 'probe', probes, because: 'look-again' };
  const [of] = obsolete;
  if (of !== undefined) return { kind: 'ask', of, because: 'no-longer-holds', between: [] };
  return needsAnotherTry(model, session, trial) ? { kind: 'retest', step: step.id, of: trial.test ?? testOf(model, step, trial) } : undefined;
}

/** Whether the last step helped, as far as its test can tell. */
export function curedSo(model: Model, session: Session): boolean {
  const trial = trialsOf(session).at(-1);
  if (trial === undefined || trial.test === null || !isTelling(model, trial)) return false;
  return isFine(model, trial.test, trial.tries.at(-1) ?? '') && sureness(model, session, trial) > 0.5;
}

/** What is asked where the step's own test could tell nothing: whether it works now, whether the message is found. */
const generally: Readonly<Record<Tree, string>> = { 'not-working': 'works-now', gone: 'gone-found-now' };

/** The step's own test, unless this place cannot run it or all was well with it before. */
function testOf(model: Model, step: Step, { before }: Trial): string {
  const usable = model.entries.get(step.test);
  const here = usable !== undefined && (!('where' in usable) || usable.where.includes(model.place));
  return here && !isFine(model, step.test, before.get(step.test) ?? unknown) ? step.test : generally[model.tree];
}

/** All was well with it before: that says nothing about what is wrong. */
function isTelling(model: Model, { test, before }: Trial): boolean {
  return test !== null && !isFine(model, test, before.get(test) ?? unknown);
}

function needsAnotherTry(model: Model, session: Session, trial: Trial): boolean {
  const last = trial.tries.at(-1);
  if (last === undefined) return true;
  // What is not known, or was contradicted, is not known better for asking again.
  if (last === unknown || last === '' || trial.tries.length >= mostTries || !isTelling(model, trial)) return false;
  const sure = sureness(model, session, trial);
  return sure < sureEnough && sure > 1 - sureEnough;
}

/** How probable it is that a step helped, given what was believed before it and what its test answered. */
function sureness(model: Model, session: Session, trial: Trial): number {
  const [step, test] = [model.steps.get(trial.step), trial.test];
  if (step === undefined || test === null) return 0;
  const belief = beliefOf(model, { ...session, happened: session.happened.slice(0, trial.at) });
  const chance = model.scope.causes.reduce((sum, cause, index) => sum + clearing(step, cause) * (belief[index] ?? 0), 0);
  const under = (works: boolean): number =>
    trial.tries.reduce((product, answer) => product * (isFine(model, test, answer) === works ? 1 - mistaken : mistaken), 1);
  const [really, not] = [chance * under(true), (1 - chance) * under(false)];
  return really / (really + not);
}
