import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { type MemberPrekey, type Prekey, prekeyBytes } from '@earshot/protocol/keys.ts';
import type { Ports, Session } from '../ports.ts';
import { stateOf } from './chain.ts';
import { isSigned } from './signature.ts';

/** Publishes the next prekey of this device, and answers the one in force: by that a device learns that it counted too low. */
export async function putPrekey({ store }: Ports, session: Session, prekey: Prekey): Promise<Prekey> {
  if (prekey.device !== session.device) throw new Failure('request.invalid', { field: 'device' });
  const signing = stateOf(await store.chains.entries(session.person)).devices.get(session.device);
  if (signing === undefined) throw new Failure('device.locked', {});
  // Members look for themselves, and would pass it over: a mistake shall end here.
  if (!(await isSigned(signing, prekey.signature, prekeyBytes(prekey)))) throw new Failure('request.invalid', { field: 'signature' });
  const inForce = await store.prekeys.put(session.person, prekey);
  if (!inForce) throw new Failure('device.locked', {});
  return inForce;
}

/** For who begins an ephemeral chain there. */
export async function prekeysOf({ store, limits }: Ports, session: Session, log: Id): Promise<{ readonly prekeys: readonly MemberPrekey[] }> {
  const prekeys = await store.prekeys.of(session.person, log, limits.deviceGrantsPerEvent);
  if (!prekeys) throw new Failure('not-found', {});
  return { prekeys };
}
