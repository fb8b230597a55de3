import type { Random } from '@earshot/base/random.ts';
import type { Action, Conclusion } from '../engine/action.ts';
import type { Doctor } from '../engine/doctor.ts';
import { violationsOf } from '../engine/safety.ts';
import { fits } from '../engine/scope.ts';
import { happened, openSession, type Session } from '../engine/session.ts';
import type { Knowledge, Probe, Question } from '../knowledge/schema.ts';
import type { Persona } from './persona.ts';
import { respond, type Patient } from './respond.ts';

/** One answer in so many is wrong: somebody looked in the wrong place, or a measurement met a bad moment. */
export const wrongAnswers = 0.1;
/** Far more than any visit should take; one that gets here goes round in circles. */
const mostActions = 150;

export interface Visit {
  readonly session: Session;
  readonly end: Conclusion;
  /** What was asked of the person: questions, tests that need her, steps. What runs by itself is none. */
  readonly moves: number;
  readonly cured: boolean;
  readonly actions: readonly Action[];
  readonly violations: readonly string[];
}

/** Sends a persona to the Doctor. What is random follows from `random`; `errs` may be 0 to see her with perfect answers. */
export function visit(knowledge: Knowledge, doctor: Doctor, persona: Persona, random: Random, errs = wrongAnswers): Visit {
  let session = openSession(
    { app: persona.app, platform: persona.platform, browser: null, place: 'web' },
    { symptom: symptomOf(knowledge, persona), tree: persona.tree, code: persona.code },
  );
  const [actions, violations]: [Action[], string[]] = [[], []];
  let cured = false;
  const patient: Patient = {
    answer: (of) => spoken(entryOf(knowledge, of), persona, cured, random, errs),
    hasBackup: () => random.fraction() < 0.5,
    doesStep: () => true,
  };
  for (;;) {
    const action = doctor.next(session);
    actions.push(action);
    violations.push(...violationsOf(knowledge, session, doctor.tree(session), action, doctor.suspects(session)));
    if (action.kind === 'end') {
      const disagrees = action.how === 'cured' && !cured && random.fraction() >= errs;
      if (!disagrees || actions.length >= mostActions) return { session, end: action, moves: movesIn(actions), cured, actions, violations };
      session = happened(session, { kind: 'still-there' });
      continue;
    }
    if (actions.length >= mostActions) throw new Error(`${persona.id} goes round in circles: ${actions.slice(-6).map(({ kind }) => kind).join(', ')}`);
    if (action.kind === 'choose-tree') throw new Error('a persona says which tree it is');
    if (action.kind === 'step') cured ||= clears(knowledge, action.step, persona);
    session = happened(session, ...respond(action, patient));
  }
}

/** She tells the symptom of the row in the words that fit her app best. */
export function symptomOf(knowledge: Knowledge, { id, tells, tree, app, platform }: Persona): string {
  const fitting = knowledge.symptoms.filter(
    (symptom) => symptom.tree === tree && symptom.rows.includes(tells) && fits(symptom, { app, platform, browser: null }),
  );
  const [first] = fitting.toSorted((a, b) => (a.apps?.length ?? 99) - (b.apps?.length ?? 99) || a.rows.length - b.rows.length);
  if (first === undefined) throw new Error(`no symptom of row ${tells} for ${id}`);
  return first.id;
}

export function clears(knowledge: Knowledge, step: string, { curedBy }: Persona): boolean {
  return knowledge.steps.find(({ id }) => id === step)?.rows.some((row) => curedBy.includes(row)) === true;
}

/** What it would answer if nobody erred. */
export function truthfully({ id, answers }: Question | Probe, { truth }: Persona, cured = false): string {
  const fine = answers.find((answer) => answer.fine === true)?.id;
  const told = cured ? (fine ?? truth[id]) : (truth[id] ?? fine);
  return told ?? 'unknown';
}

function spoken(entry: Question | Probe, persona: Persona, cured: boolean, random: Random, errs: number): string {
  const truth = truthfully(entry, persona, cured);
  const others = entry.answers.filter(({ id }) => id !== truth);
  if (truth === 'unknown' || random.fraction() >= errs) return truth;
  return others[Math.floor(random.fraction() * others.length)]?.id ?? truth;
}

function entryOf({ probes, questions }: Knowledge, of: string): Question | Probe {
  const entry = [...probes, ...questions].find(({ id }) => id === of);
  if (entry === undefined) throw new Error(`there is no ${of}`);
  return entry;
}

function movesIn(actions: readonly Action[]): number {
  // What a step made obsolete is asked as part of its test, and tests count for nobody.
  return actions.filter((action) => (action.kind === 'ask' ? action.because !== 'no-longer-holds' : action.kind === 'secure' || action.kind === 'step')).length;
}
