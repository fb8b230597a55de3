import type { App, Browser, Platform, Tree } from '../knowledge/kinds.ts';
import type { Cause, Knowledge, Probe, Question, Step, Symptom, Way } from '../knowledge/schema.ts';
import type { Session, Setting } from './session.ts';

/** What of the knowledge applies to one device, app and tree. */
export interface Scope {
  readonly causes: readonly Cause[];
  readonly symptoms: readonly Symptom[];
  /** Run by themselves. */
  readonly probes: readonly Probe[];
  /** What needs the person: questions, and probes that she has to speak or listen for. */
  readonly questions: readonly (Question | Probe)[];
  readonly steps: readonly Step[];
}

type Limits = {
  readonly apps?: readonly App[] | undefined;
  readonly platforms?: readonly Platform[] | undefined;
  readonly browsers?: readonly Browser[] | undefined;
};

/** A list that is left out means all; what is not known of the setting excludes nothing. */
export function fits({ apps, platforms, browsers }: Limits, { app, platform, browser }: Pick<Setting, 'app' | 'platform' | 'browser'>): boolean {
  const allows = <T>(list: readonly T[] | undefined, has: T | null): boolean => list === undefined || has === null || list.includes(has);
  return allows(apps, app) && allows(platforms, platform) && allows(browsers, browser);
}

/** The ways to do a step here, the first of them to be shown first. */
export function waysOf(step: Step, setting: Setting): readonly Way[] {
  return step.how.filter((way) => fits(way, setting));
}

export function scopeOf(knowledge: Knowledge, session: Session, tree: Tree): Scope {
  const causes = knowledge.causes.filter((cause) => cause.tree === tree && fits(cause, session));
  // What no cause here has anything to do with is not worth a moment, and in the second tree not a written byte.
  const spoken = new Set(causes.flatMap((cause) => Object.keys(cause.shows)));
  const probes = knowledge.probes.filter((probe) => spoken.has(probe.id) && probe.where.includes(session.place) && fits(probe, session));
  const questions = knowledge.questions.filter(
    (question) => spoken.has(question.id) && (question.trees ?? [tree]).includes(tree) && fits(question, session),
  );
  return {
    causes,
    symptoms: knowledge.symptoms.filter((symptom) => symptom.tree === tree && fits(symptom, session)),
    probes: probes.filter((probe) => probe.asks !== true),
    questions: [...questions, ...probes.filter((probe) => probe.asks === true)],
    steps: knowledge.steps.filter((step) => step.trees.includes(tree) && fits(step, session) && waysOf(step, session).length > 0),
  };
}
