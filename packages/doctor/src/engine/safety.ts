import type { StepKind, Tree } from '../knowledge/kinds.ts';
import { often, risks, type Risk } from '../knowledge/scales.ts';
import type { Knowledge, Step } from '../knowledge/schema.ts';
import type { Action, Suspect } from './action.ts';
import { fits } from './scope.ts';
import type { Session } from './session.ts';

/**
 * Whether an action is allowed, judged from the knowledge and what happened and from nothing that chose the action. Each violation is a
 * sentence that begins with the id of its rule in SPEC.md. `suspects` are the beliefs on which "as likely" is judged.
 */
export function violationsOf(knowledge: Knowledge, session: Session, tree: Tree | null, action: Action, suspects: readonly Suspect[]): string[] {
  const step = action.kind === 'step' || action.kind === 'secure' ? knowledge.steps.find(({ id }) => id === action.step) : undefined;
  const found: string[] = [];
  const rule = (holds: boolean, id: string, what: string): void => {
    if (!holds) found.push(`${id} ${what}`);
  };
  rule(tree !== null || action.kind === 'choose-tree', 'SAFE1', `${action.kind} before it is known whether something fails or has gone`);
  if (action.kind === 'probe' && tree === 'gone') {
    rule(!action.probes.some((probe) => writing.has(probe)), 'SAFE1', `a probe that writes in the tree of what has gone: ${action.probes.join(', ')}`);
  }
  if (step !== undefined) {
    rule(tree !== 'gone' || harmless.has(step.kind), 'SAFE1', `${step.id} is a ${step.kind} in the tree of what has gone`);
    rule(tree !== null && step.trees.includes(tree), 'SAFE1', `${step.id} belongs to the other tree`);
    rule(!isFactoryReset(step), 'SAFE3', `${step.id} erases the whole device`);
  }
  if (action.kind === 'step' && step !== undefined) found.push(...violationsOfStep(knowledge, session, tree, step, suspects));
  found.push(...outOfOrder(knowledge, session, tree, action));
  if (action.kind === 'end' && action.how !== 'open') {
    const [first] = action.suspects;
    rule(first === undefined || provenFor(knowledge, session, first.cause), 'SAFE7', `${first?.cause ?? ''} is named without its proof`);
  }
  return found;
}

/** Sums taken in another order differ in their last digits. */
const rounding = 1e-9;

/** What may be done where every written byte can be the one that overwrites what is looked for. */
const harmless: ReadonlySet<StepKind> = new Set(['look', 'ask', 'wait', 'recover', 'keep', 'restore']);
const writing: ReadonlySet<string> = new Set(['storage-writing', 'uploads', 'microphone-sound', 'recording-stages', 'conversation']);
const takesAway: ReadonlySet<StepKind> = new Set(['reinstall', 'reset', 'restore']);

/** Judged by its words as well, whatever kind it claims to be. */
export function isFactoryReset(step: Step): boolean {
  const told = [step.title.en, step.title.de ?? '', ...step.how.flatMap((way) => [...way.do.en, ...(way.do.de ?? [])])].join('\n');
  return /factory|erase (?:all|everything|the (?:phone|device))|werkseinstellung|alle inhalte|alles löschen/i.test(told);
}

function violationsOfStep(knowledge: Knowledge, session: Session, tree: Tree | null, step: Step, suspects: readonly Suspect[]): string[] {
  const found: string[] = [];
  const behind = new Set(session.happened.flatMap((each) => (each.kind === 'step' ? [each.step] : [])));
  const backup = session.happened.findLast((each) => each.kind === 'backup');
  if (behind.has(step.id)) found.push(`SAFE5 ${step.id} is offered twice`);
  if ((takesAway.has(step.kind) || step.needs !== undefined) && backup?.verified !== true) found.push(`SAFE2 ${step.id} without a verified backup`);
  if (takesAway.has(step.kind) && step.destroys.length === 0) found.push(`SAFE4 ${step.id} does not say what is lost`);

  const here = knowledge.steps.filter(
    (other) => other.id !== step.id && !behind.has(other.id) && tree !== null && other.trees.includes(tree) && isDoable(other, session),
  );
  for (const before of step.notBefore ?? []) {
    if (here.some(({ id }) => id === before)) found.push(`SAFE6 ${step.id} before ${before}`);
  }
  const chance = chanceOf(knowledge, session, step, suspects);
  for (const other of here) {
    const waiting = (other.notBefore ?? []).some((before) => before === step.id || here.some(({ id }) => id === before));
    const locked = (takesAway.has(other.kind) || other.needs !== undefined) && backup?.verified !== true;
    if (waiting || locked || rank(other.risk) >= rank(step.risk)) continue;
    if (chanceOf(knowledge, session, other, suspects) >= chance + rounding) found.push(`SAFE6 ${step.id} (${step.risk}) before ${other.id} (${other.risk}), as likely to help`);
  }
  return found;
}

/** One change, then its test; what a step made obsolete is looked at before anything else. */
function outOfOrder(knowledge: Knowledge, session: Session, tree: Tree | null, action: Action): string[] {
  const at = session.happened.findLastIndex((each) => each.kind === 'step' && each.outcome === 'done');
  const last = session.happened[at];
  const step = last?.kind === 'step' ? knowledge.steps.find(({ id }) => id === last.step) : undefined;
  if (step === undefined) return [];
  const since = session.happened.slice(at + 1);
  const pending = (step.after ?? []).filter((of) => canBeAsked(knowledge, session, tree, of) && !since.some((each) => each.kind === 'answer' && each.of === of));
  if (pending.length > 0) {
    const asked = action.kind === 'probe' ? action.probes : action.kind === 'ask' ? [action.of] : [];
    return asked.length > 0 && asked.every((of) => pending.includes(of)) ? [] : [`SAFE5 ${action.kind} while ${pending.join(', ')} must be looked at again after ${step.id}`];
  }
  const tested = since.some((each) => each.kind === 'retest' && each.step === step.id);
  if (tested || (action.kind === 'retest' && action.step === step.id)) return [];
  return [`SAFE5 ${action.kind} before ${step.id} was tested`];
}

/** Only what a cause of this tree speaks of is ever asked. */
function canBeAsked(knowledge: Knowledge, session: Session, tree: Tree | null, of: string): boolean {
  const entry = [...knowledge.probes, ...knowledge.questions].find(({ id }) => id === of);
  if (entry === undefined || !fits(entry, session) || ('where' in entry && !entry.where.includes(session.place))) return false;
  return knowledge.causes.some((cause) => cause.tree === tree && fits(cause, session) && cause.shows[of] !== undefined);
}

function isDoable(step: Step, session: Session): boolean {
  return fits(step, session) && step.how.some((way) => fits(way, session));
}

/** The step's chance to help, counting only causes that may be named. */
function chanceOf(knowledge: Knowledge, session: Session, step: Step, suspects: readonly Suspect[]): number {
  return Object.entries(step.clears).reduce((sum, [cause, word]) => {
    const chance = suspects.find((suspect) => suspect.cause === cause)?.chance ?? 0;
    return chance > 0 && provenFor(knowledge, session, cause) ? sum + often[word] * chance : sum;
  }, 0);
}

function provenFor(knowledge: Knowledge, session: Session, id: string): boolean {
  const proof = knowledge.causes.find((cause) => cause.id === id)?.proof;
  if (proof === undefined) return true;
  const said = (of: string): string =>
    session.happened.reduce((last, each) => ((each.kind === 'answer' || each.kind === 'retest') && each.of === of ? each.answer : last), '');
  return Object.entries(proof.of).filter(([of, answers]) => answers.includes(said(of))).length >= proof.atLeast;
}

const rank = (risk: Risk): number => risks.indexOf(risk);
