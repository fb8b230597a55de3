import type { Cause } from '../knowledge/schema.ts';
import { unknown, type Session } from './session.ts';

/** The last answer to each probe and question; one that was not known counts as asked, and as no answer. */
export function lastAnswers(session: Session): ReadonlyMap<string, string> {
  return new Map(
    session.happened.flatMap((each) => (each.kind === 'answer' || each.kind === 'retest' ? [[each.of, each.answer] as const] : [])),
  );
}

/** Whether so much speaks for a cause that it may be named: a broken microphone takes two apps that do not hear it. */
export function proven(session: Session, cause: Cause): boolean {
  if (cause.proof === undefined) return true;
  const answers = lastAnswers(session);
  const spoken = Object.entries(cause.proof.of).filter(([of, wanted]) => wanted.includes(answers.get(of) ?? unknown));
  return spoken.length >= cause.proof.atLeast;
}
