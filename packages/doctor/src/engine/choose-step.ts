import { risk, risks, type Risk } from '../knowledge/scales.ts';
import type { StepKind } from '../knowledge/kinds.ts';
import type { Step } from '../knowledge/schema.ts';
import type { Model } from './belief.ts';
import { attention } from './gain.ts';
import { proven } from './proof.ts';
import { backupVerified, stepsBehind, type Session } from './session.ts';

/** Below this a step is not worth anybody's time. */
const worthTrying = 0.04;
/** What takes things away wholesale stays locked until a backup was read back. */
const locking: ReadonlySet<StepKind> = new Set(['reinstall', 'reset', 'restore']);

export interface Candidate {
  readonly step: Step;
  /** How probable it is that the step clears what is wrong, 0 to 1. */
  readonly chance: number;
}

/** The step with the best chance for its cost and risk; none when none is worth it. */
export function bestStep(model: Model, session: Session, belief: readonly number[]): Candidate | undefined {
  const candidates = possible(model, session)
    .map((step) => ({ step, chance: chanceOf(model, session, belief, step) }))
    .filter(({ chance }) => chance >= worthTrying);
  const allowed = candidates.filter(
    (one) => !candidates.some((other) => rank(other.step.risk) < rank(one.step.risk) && other.chance >= one.chance),
  );
  return allowed.toSorted((a, b) => worth(b) - worth(a))[0];
}

export function needsBackup(step: Step): boolean {
  return locking.has(step.kind) || step.needs?.includes('verified-backup') === true;
}

function possible({ scope }: Model, session: Session): readonly Step[] {
  const behind = stepsBehind(session);
  const here = new Set(scope.steps.map(({ id }) => id));
  const left = scope.steps.filter(
    (step) =>
      !behind.has(step.id) &&
      !(needsBackup(step) && backupVerified(session) === false) &&
      (step.notBefore ?? []).every((other) => behind.has(other) || !here.has(other)),
  );
  // Writing a whole backup over what is there is the end of the road: nobody looks for anything afterwards.
  return left.some(({ kind }) => kind !== 'restore') ? left.filter(({ kind }) => kind !== 'restore') : left;
}

/** Causes that may not be named yet do not count: nobody goes to a repair shop on a suspicion. */
function chanceOf({ scope, helps }: Model, session: Session, belief: readonly number[], step: Step): number {
  return (helps.get(step.id) ?? []).reduce((sum, { cause, chance }) => {
    const named = scope.causes[cause];
    return named !== undefined && proven(session, named) ? sum + chance * (belief[cause] ?? 0) : sum;
  }, 0);
}

function worth({ step, chance }: Candidate): number {
  return chance / (step.seconds + (step.waits ?? 0) + attention + risk[step.risk]);
}

const rank = (of: Risk): number => risks.indexOf(of);
