import type { Tree } from '../knowledge/kinds.ts';
import type { Knowledge } from '../knowledge/schema.ts';
import type { Action, Conclusion, Reason, Suspect } from './action.ts';
import { beliefOf, clearing, isFine, modelOf, testimonies, type Model } from './belief.ts';
import { bestStep, needsBackup, type Candidate } from './choose-step.ts';
import { bestQuestion, proofQuestion } from './gain.ts';
import { curedSo, unfinished } from './in-hand.ts';
import { answersRemembered } from './likelihood.ts';
import { proven } from './proof.ts';
import { waysOf } from './scope.ts';
import { backupVerified, type Session } from './session.ts';

/** From here on a cause counts as found: what clears it is offered before more is asked. */
const confident = 0.95;
/** A harmless step as promising as this, against a cause as likely as that, is a better question than any: its test answers, and it may be over. */
const promising = 0.6;
const likely = 0.6;

/**
 * The decisions of the Doctor: a pure function of the knowledge and of what happened.
 *
 * 1. Which tree it is comes first.
 * 2. A step just done is tested before anything else; what it made obsolete is asked again before that.
 * 3. Probes run by themselves, all together; what does not look fine is looked at twice.
 * 4. Questions are put while no cause is found and an answer is worth its time; an answer that does not fit all the others is asked for once more.
 * 5. Steps by probability times chance to clear, over cost and risk; never a riskier one while a less risky one is as likely.
 */
export interface Doctor {
  next(session: Session): Action;
  /** Every cause, the most probable first. */
  suspects(session: Session): readonly Suspect[];
  /** What spoke for and against a cause, the strongest first. */
  reasons(session: Session, cause: string): readonly Reason[];
  /** The tree it is about, as far as that is known. */
  tree(session: Session): Tree | null;
}

export function createDoctor(knowledge: Knowledge): Doctor {
  const models = new Map<string, Model>();
  const answers = answersRemembered();
  const treeOf = (session: Session): Tree | null => {
    const told = session.tree ?? knowledge.symptoms.find(({ id }) => id === session.symptom)?.tree;
    // A failure code always says that something does not work: what has gone leaves none.
    return told ?? (session.code === null ? null : 'not-working');
  };
  const modelFor = (session: Session, tree: Tree): Model => {
    const key = [tree, session.app, session.platform, session.browser, session.place].join(' ');
    const model = models.get(key) ?? modelOf(knowledge, session, tree, answers);
    models.set(key, model);
    return model;
  };
  const within = <T>(session: Session, otherwise: T, work: (model: Model) => T): T => {
    const tree = treeOf(session);
    return tree === null ? otherwise : work(modelFor(session, tree));
  };
  return {
    tree: treeOf,
    next: (session) => within<Action>(session, { kind: 'choose-tree' }, (model) => nextOf(model, session)),
    suspects: (session) => within<readonly Suspect[]>(session, [], (model) => suspectsOf(model, beliefOf(model, session))),
    reasons: (session, cause) => within<readonly Reason[]>(session, [], (model) => reasonsFor(model, session, cause)),
  };
}

function nextOf(model: Model, session: Session): Action {
  const must = unfinished(model, session);
  if (must !== undefined) return must;
  const belief = beliefOf(model, session);
  if (curedSo(model, session)) return conclude(model, session, belief, 'cured');
  return toLookAt(model, session) ?? toAsk(model, session, belief) ?? toDo(model, session, belief) ?? giveUp(model, session, belief);
}

/** Probes that were not run yet, all together; then once more those that saw something, for a moment can deceive. */
function toLookAt(model: Model, session: Session): Action | undefined {
  const seen = (id: string): readonly string[] =>
    session.happened.flatMap((each) => (each.kind === 'answer' && each.of === id ? [each.answer] : []));
  const ids = model.scope.probes.map(({ id }) => id);
  const unseen = ids.filter((id) => seen(id).length === 0);
  if (unseen.length > 0) return { kind: 'probe', probes: unseen, because: 'first-look' };
  const again = ids.filter((id) => seen(id).length === 1 && seen(id).every((answer) => answer !== 'unknown' && !isFine(model, id, answer)));
  return again.length > 0 ? { kind: 'probe', probes: again, because: 'look-again' } : undefined;
}

function toAsk(model: Model, session: Session, belief: readonly number[]): Action | undefined {
  const top = belief.indexOf(Math.max(...belief));
  const found = (belief[top] ?? 0) >= confident;
  const best = found ? undefined : bestStep(model, session, belief);
  if (best !== undefined && best.step.risk === 'none' && best.chance >= promising && (belief[top] ?? 0) >= likely) return undefined;
  const of = found ? proofQuestion(model, session, top) : bestQuestion(model, session, belief);
  if (of === undefined) return undefined;
  const asked = session.happened.some((each) => each.kind === 'answer' && each.of === of);
  return { kind: 'ask', of, because: asked ? 'does-not-fit' : 'tells-apart', between: suspectsOf(model, belief).slice(0, 3) };
}

function toDo(model: Model, session: Session, belief: readonly number[]): Action | undefined {
  const best = bestStep(model, session, belief);
  if (best === undefined) return undefined;
  if (needsBackup(best.step) && backupVerified(session) === null) return { kind: 'secure', step: best.step.id };
  return { kind: 'step', step: best.step.id, ways: waysOf(best.step, session), chance: best.chance, against: aimedAt(model, belief, best) };
}

function aimedAt(model: Model, belief: readonly number[], { step }: Candidate): readonly Suspect[] {
  const cleared = new Set(model.scope.causes.filter((cause) => clearing(step, cause) > 0).map(({ id }) => id));
  return suspectsOf(model, belief).filter(({ cause }) => cleared.has(cause));
}

function giveUp(model: Model, session: Session, belief: readonly number[]): Conclusion {
  const top = belief.indexOf(Math.max(...belief));
  const cause = model.scope.causes[top];
  const found = cause !== undefined && (belief[top] ?? 0) >= confident && proven(session, cause);
  return conclude(model, session, belief, found ? 'known' : 'open');
}

/** What may not be named yet stands behind whatever may. */
function conclude(model: Model, session: Session, belief: readonly number[], how: Conclusion['how']): Conclusion {
  const provable = new Set(model.scope.causes.filter((cause) => proven(session, cause)).map(({ id }) => id));
  const all = suspectsOf(model, belief);
  const suspects = [...all.filter(({ cause }) => provable.has(cause)), ...all.filter(({ cause }) => !provable.has(cause))].slice(0, 3);
  const [first] = suspects;
  return { kind: 'end', how, suspects, reasons: first === undefined ? [] : reasonsFor(model, session, first.cause) };
}

function suspectsOf(model: Model, belief: readonly number[]): readonly Suspect[] {
  return model.scope.causes.map(({ id }, index) => ({ cause: id, chance: belief[index] ?? 0 })).toSorted((a, b) => b.chance - a.chance);
}

function reasonsFor(model: Model, session: Session, cause: string): readonly Reason[] {
  const index = model.scope.causes.findIndex(({ id }) => id === cause);
  if (index === -1) return [];
  return testimonies(model, session)
    .map(({ given, ...said }) => {
      const average = given.reduce((sum, chance, each) => sum + chance * (model.priors[each] ?? 0), 0);
      return { ...said, bits: Math.log2((given[index] ?? average) / average) };
    })
    .toSorted((a, b) => Math.abs(b.bits) - Math.abs(a.bits));
}
