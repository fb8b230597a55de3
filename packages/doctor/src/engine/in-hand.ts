import type { Action } from './action.ts';
import { beliefOf, clearing, isFine, type Model } from './belief.ts';
import { mistaken } from './likelihood.ts';
import { lastAnswers } from './proof.ts';
import { unknown, type Session } from './session.ts';

/** So sure must it be that a step helped before the Doctor says so; below that it is tried once more. */
const sureEnough = 0.95;
/** One more try is asked for, not three. */
const mostTries = 2;

interface InHand {
  /** The step that was done last. */
  readonly step: string;
  /** What had happened before it. */
  readonly before: Session;
  readonly since: Session['happened'];
}

function inHand(session: Session): InHand | undefined {
  const at = session.happened.findLastIndex((each) => each.kind === 'step' && each.outcome === 'done');
  const last = session.happened[at];
  if (last?.kind !== 'step') return undefined;
  return { step: last.step, before: { ...session, happened: session.happened.slice(0, at) }, since: session.happened.slice(at + 1) };
}

/** What a step that was done still demands: what it made obsolete is looked at again, then it is tested. */
export function unfinished(model: Model, session: Session): Action | undefined {
  const work = inHand(session);
  const step = model.steps.get(work?.step ?? '');
  if (work === undefined || step === undefined) return undefined;
  const obsolete = (step.after ?? []).filter((of) => model.asked.has(of) && !work.since.some((each) => each.kind === 'answer' && each.of === of));
  const probes = obsolete.filter((of) => model.scope.probes.some(({ id }) => id === of));
  if (probes.length > 0) return { kind: 'probe', probes, because: 'look-again' };
  const [of] = obsolete;
  if (of !== undefined) return { kind: 'ask', of, because: 'no-longer-holds', between: [] };
  const tries = triesOf(work);
  const again = tries.length === 0 || (tries.length < mostTries && helped(model, work) && sureness(model, work) < sureEnough);
  return again ? { kind: 'retest', step: step.id, of: step.test } : undefined;
}

/** Whether the last step helped, as far as its test can tell, and nobody said otherwise since. */
export function curedSo(model: Model, session: Session): boolean {
  const work = inHand(session);
  return work !== undefined && helped(model, work);
}

const triesOf = ({ step, since }: InHand): readonly string[] =>
  since.flatMap((each) => (each.kind === 'retest' && each.step === step ? [each.answer] : []));

function helped(model: Model, work: InHand): boolean {
  const test = model.steps.get(work.step)?.test ?? '';
  const [was, tries] = [lastAnswers(work.before).get(test) ?? unknown, triesOf(work)];
  // All was well with it before: that says nothing about what is wrong.
  if (isFine(model, test, was) || work.since.some((each) => each.kind === 'still-there')) return false;
  return tries.length > 0 && tries.every((answer) => isFine(model, test, answer));
}

/** How probable it is that a step whose test was fine so often really helped, given what was believed before it. */
function sureness(model: Model, work: InHand): number {
  const step = model.steps.get(work.step);
  if (step === undefined) return 0;
  const belief = beliefOf(model, work.before);
  const chance = model.scope.causes.reduce((sum, cause, index) => sum + clearing(step, cause) * (belief[index] ?? 0), 0);
  const fine = triesOf(work).length;
  const [really, seemingly] = [chance * (1 - mistaken) ** fine, (1 - chance) * mistaken ** fine];
  return really / (really + seemingly);
}
