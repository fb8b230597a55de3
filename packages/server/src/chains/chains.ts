import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { type ChainAnswer, type ChainCommand, entryBytes, entryHash, type KeysAnswer, recoveryId } from '@earshot/protocol/keys.ts';
import type { Ports, Session } from '../ports.ts';
import { sessionOver } from '../sessions/session-over.ts';
import type { ChainChanged, ChainRecord } from '../store/chain-store.ts';
import { decideEntry, type StoredEntry } from './chain.ts';
import { isSigned } from './signature.ts';

/** What an entry does to what is stored of a chain, after it was looked at. Fails with `chain.refused`. */
export async function judgeEntry(ports: Pick<Ports, 'limits'>, person: Id, command: ChainCommand, entries: readonly StoredEntry[], anew = false): Promise<ChainRecord> {
  const { entry, grants, predecessor } = command;
  const refused = (field: string): Failure => new Failure('chain.refused', { field, length: entries.length });
  const decision = decideEntry(person, command, entries, ports.limits, anew);
  if (decision.kind === 'refused') throw refused(decision.field);
  if ('recovery' in entry.change) for (const { id, keys } of entry.change.recovery) if (id !== (await recoveryId(keys))) throw refused('recovery');
  if (!(await isSigned(decision.signing, entry.signature, entryBytes(entry)))) throw refused('signature');
  return {
    person, place: entry.index, seen: entries.at(-1)?.hash ?? null, entry: JSON.stringify(entry), hash: await entryHash(entry),
    devices: [...decision.after.devices.keys()], account: decision.after.account, generations: decision.after.generations, grants, predecessor: predecessor ?? null,
  };
}

/** Whether one more chain can take the place of the one before, which is kept. Fails with `limit.reached`. */
export async function requireRoomForFormer({ store, limits }: Ports, person: Id): Promise<void> {
  const former = (await store.chains.formerIdentities(person)).length;
  if (former >= limits.formerChainsPerPerson) throw new Failure('limit.reached', { limit: 'formerChainsPerPerson', allowed: limits.formerChainsPerPerson, seen: former + 1 });
}

/** Adds an entry to the person's own chain. Repeated, it finds what it did. */
export async function extendChain(ports: Ports, session: Session, command: ChainCommand): Promise<{ readonly length: number }> {
  const { store, clock } = ports;
  const entries = await store.chains.entries(session.person);
  const known = entries[command.entry.index];
  if (known && known.hash === (await entryHash(command.entry))) return { length: entries.length };
  const outcome = await store.chains.extend(await judgeEntry(ports, session.person, command, entries), session.device, clock.now());
  if (outcome === 'ended') throw await sessionOver(ports, session);
  if (outcome === 'behind') throw new Failure('chain.refused', { field: 'previous', length: entries.length });
  await tellChange(ports, session.person, outcome);
  return { length: command.entry.index + 1 };
}

/** Devices that are no longer in it lose their connections; whoever seals to the person looks again. */
export async function tellChange({ fanout, store }: Ports, person: Id, { ended, due }: ChainChanged): Promise<void> {
  for (const device of ended) fanout.publish([person], { kind: 'ended', device });
  fanout.publish([person], { kind: 'changed', what: 'account' });
  const others = (await store.people.visible(person)).map(({ id }) => id);
  fanout.publish([person, ...others], { kind: 'changed', what: 'people' });
  if (due) fanout.publish([person, ...others], { kind: 'changed', what: 'logs' });
}

export async function chainOf({ store, limits }: Ports, session: Session, person: Id, from: number): Promise<ChainAnswer> {
  const page = await store.chains.page(session.person, person, from, limits.chainEntriesPerPage);
  if (page === null) throw new Failure('not-found', {});
  return page;
}

/** The chain that she had under this identity before she began anew. */
export async function formerChainOf({ store, limits }: Ports, session: Session, person: Id, identity: string, from: number): Promise<ChainAnswer> {
  const entries = await store.chains.formerEntries(session.person, person, identity);
  if (entries.length === 0) throw new Failure('not-found', {});
  return { entries: entries.slice(from, from + limits.chainEntriesPerPage), length: entries.length, former: [] };
}

export function keysOf({ store }: Ports, session: Session): Promise<KeysAnswer> {
  return store.chains.keys(session.person, session.device);
}
