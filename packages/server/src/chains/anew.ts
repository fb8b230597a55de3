import { Failure } from '@earshot/protocol/failures.ts';
import { entryHash } from '@earshot/protocol/keys.ts';
import type { BeginAnewCommand } from '@earshot/protocol/people.ts';
import { requireFresh, requirePassword, requirePerson } from '../people/people.ts';
import type { Ports, Session } from '../ports.ts';
import { sessionOver } from '../sessions/session-over.ts';
import { judgeEntry, requireRoomForFormer, tellChange } from './chains.ts';

/**
 * Another chain in place of the one that she can sign for no longer. Nothing vouches for it but that she signed in: others are shown another identity,
 * and decide. The password is asked for again, or where there is none she has just signed in, so that a session left open is not enough. Repeated, it finds
 * what it did.
 */
export async function beginAnew(ports: Ports, session: Session, { chain, password }: BeginAnewCommand): Promise<{ readonly length: number }> {
  const { store, clock } = ports;
  const { entry } = chain;
  const entries = await store.chains.entries(session.person);
  if (entries[0]?.hash === (await entryHash(entry))) return { length: entries.length };
  if (entry.change.kind !== 'genesis' || entry.change.device.id !== session.device) throw new Failure('request.invalid', { field: 'chain.entry.change' });
  // A device that is in can sign for the chain there is.
  if (!session.locked) throw new Failure('not-allowed', { device: session.device });
  const person = await requirePerson(ports, session);
  if (person.password !== null) await requirePassword(ports, person, password);
  else await requireFresh(ports, session);
  await requireRoomForFormer(ports, session.person);
  const outcome = await store.chains.extend(await judgeEntry(ports, session.person, chain, entries, true), session.device, clock.now());
  if (outcome === 'ended') throw await sessionOver(ports, session);
  if (outcome === 'behind') throw new Failure('chain.refused', { field: 'previous', length: entries.length });
  await tellChange(ports, session.person, outcome);
  return { length: 1 };
}
