import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { PeopleFace } from '../earshot.ts';
import { identityOf } from '../keys/chain.ts';
import { safetyCode, safetyNumber } from '../keys/safety-number.ts';
import type { LogRow, RekeyedRow } from '../replica/row.ts';
import { below, keys } from '../stores/keys.ts';
import { sayOfIdentity } from './compared.ts';
import type { PeoplePorts } from './people.ts';

/** Knowing who somebody is: by the number that both compare, and by a person's word where somebody began anew. */
export async function safety(ports: PeoplePorts, person: Id): ReturnType<PeopleFace['safety']> {
  const { session, chains, store } = ports;
  const me = await session.unlocked();
  const mine = identityOf(await chains.reaching(me.person, 1));
  const { identity, accepted } = await shownAs(ports, person);
  const number = await safetyNumber({ person: me.person, identity: mine }, { person, identity });
  const [inviter, same] = [await store.get(keys.inviter), await store.get(keys.compared(person))];
  const rekeyed = (await store.list(below(`r/rekeyed/${person}`))).map(([, value]) => value as RekeyedRow).sort((one, next) => one.at - next.at);
  const changes = rekeyed.flatMap(({ at, why }) => why.map((one) => ({ time: at, why: one })));
  return { number, code: safetyCode(number), identity, accepted, invited: inviter === identity, compared: same === identity, changes };
}

export async function compared(ports: PeoplePorts, person: Id, identity: string): Promise<void> {
  if (identityOf(await ports.chains.reaching(person, 1)) !== identity) throw new Failure('identity.changed', { person });
  await sayOfIdentity(ports, 'compared', person, identity);
  ports.bus.announce({ type: 'people' });
}

export async function accept(ports: PeoplePorts, person: Id, identity: string): Promise<void> {
  const { store, session, chains, events, outbox, tasks } = ports;
  const shown = await shownAs(ports, person);
  if (shown.identity !== identity) throw new Failure('identity.changed', { person });
  if (shown.accepted) return;
  await sayOfIdentity(ports, 'accepted', person, identity);
  // Pins it, unless the server shows yet another one by now.
  await chains.fetch(person);
  const me = await session.unlocked();
  const rows = (await store.list(below('r/log'))).map(([, value]) => value as LogRow);
  for (const { id } of rows.filter(({ members }) => members.some((member) => member.person === person && member.left === null))) {
    tasks.run(() => events.welcome(id, me));
    outbox.kick(id);
  }
}

/** Who the server says that somebody is, and whether this person believes it. */
async function shownAs({ chains }: PeoplePorts, person: Id): Promise<{ readonly identity: string; readonly accepted: boolean }> {
  try {
    return { identity: identityOf(await chains.fetch(person)), accepted: true };
  } catch (error) {
    const identity = error instanceof Failure && error.code === 'identity.changed' ? await chains.stranger(person) : null;
    if (identity === null) throw error;
    return { identity, accepted: false };
  }
}
