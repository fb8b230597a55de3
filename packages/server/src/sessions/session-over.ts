import { Failure } from '@earshot/protocol/failures.ts';
import type { Ports, Session } from '../ports.ts';

/** Why a session is over that was there when its request came. */
export async function sessionOver({ store }: Pick<Ports, 'store'>, { person }: Session): Promise<Failure> {
  const state = (await store.people.byId(person))?.state;
  if (state === 'disabled') return new Failure('account.disabled', {});
  return new Failure(state === 'active' ? 'session.revoked' : 'session.missing', {});
}
