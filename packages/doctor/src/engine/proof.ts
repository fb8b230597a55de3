import type { Cause } from '../knowledge/schema.ts';
import { unknown, type Session } from './session.ts';
import { lastAnswers } from './trials.ts';

/** Whether so much speaks for a cause that it may be named: a broken microphone takes two apps that do not hear it. */
export function proven(session: Session, cause: Cause): boolean {
  if (cause.proof === undefined) return true;
  const answers = lastAnswers(session);
  const spoken = Object.entries(cause.proof.of).filter(([of, wanted]) => wanted.includes(answers.get(of) ?? unknown));
  return spoken.length >= cause.proof.atLeast;
}
