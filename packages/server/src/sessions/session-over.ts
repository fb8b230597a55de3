import { Failure } from '@earshot/protocol/failures.ts';
import type { Ports, Session } from '../ports.ts';

/** Why a session is over that was there when its request came. */
export async function sessionOver({ store }: Pick<Ports, 'store'>, { person, device }: Session): Promise<Failure> {
  if (await store.devices.revoked(person, device)) return new Failure('session.revoked', {});
  const state = (await store.people.byId(person))?.state;
  return new Failure(state === 'disabled' ? 'account.disabled' : 'session.missing', {});
}
