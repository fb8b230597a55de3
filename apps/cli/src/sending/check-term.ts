import { Failure } from '@earshot/protocol/failures.ts';
import { writeTerm } from '../names/term.ts';
import type { Session } from '../profile/session.node.ts';

/** Throws `expiry.refused` before anybody speaks into a message that the server would not take. */
export async function checkTerm(session: Session, seconds: number | null): Promise<void> {
  const { least, most } = await session.earshot.conversations.expiryRules();
  if (seconds !== null && (seconds < least || seconds > most)) throw new Failure('expiry.refused', { least: writeTerm(least), most: writeTerm(most), seen: writeTerm(seconds) });
}
