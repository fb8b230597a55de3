import type { Session } from './session.ts';

/** A step that was done, and what its test answered since. */
export interface Trial {
  readonly step: string;
  /** What was answered to anything before the step, the last answer each. */
  readonly before: ReadonlyMap<string, string>;
  /** The probe or question that tested it; null as long as it was not tested. */
  readonly test: string | null;
  /** The answers of its test, one for each try. Empty text: the person said that it is still there, whatever was answered. */
  readonly tries: readonly string[];
  /** Where in the session it stands. */
  readonly at: number;
}

/** Every step that was done, in order, each with its tries. */
export function trialsOf(session: Session): readonly Trial[] {
  return walked(session).trials;
}

/** The last answer to each probe and question. One that was not known counts as asked, and is `unknown`. */
export function lastAnswers(session: Session): ReadonlyMap<string, string> {
  return walked(session).last;
}

function walked(session: Session): { trials: Trial[]; last: Map<string, string> } {
  const trials: (Trial & { test: string | null; tries: string[] })[] = [];
  const last = new Map<string, string>();
  session.happened.forEach((each, at) => {
    const trial = trials.at(-1);
    if (each.kind === 'answer') last.set(each.of, each.answer);
    if (each.kind === 'step' && each.outcome === 'done') trials.push({ step: each.step, before: new Map(last), test: null, tries: [], at });
    if (each.kind === 'retest') {
      last.set(each.of, each.answer);
      if (trial === undefined) return;
      trial.test = each.of;
      trial.tries.push(each.answer);
    }
    if (each.kind === 'still-there' && trial !== undefined) trial.tries = trial.tries.map(() => '');
  });
  return { trials, last };
}
