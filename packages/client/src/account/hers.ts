import type { Id } from '@earshot/base/ids.ts';
import { keys } from '../stores/keys.ts';
import type { Transaction } from '../stores/transaction.ts';
import type { SessionRow } from './session.ts';

/**
 * Whether this person is still signed in on this device. What was asked for in her name is written only then: it would be read by whoever comes next.
 * Asked inside of the step that writes, it holds until that is done.
 */
export async function isHers(transaction: Transaction, person: Id): Promise<boolean> {
  const session = await transaction.get<SessionRow>(keys.session);
  return session?.person === person && session.ended === null;
}
