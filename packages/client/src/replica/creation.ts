import { type Id, makeId } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import type { SessionRow } from '../account/session.ts';
import { compose } from '../outbox/compose.ts';
import type { ReadyEvent } from '../outbox/row.ts';
import { listRows } from '../outbox/rows.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import type { LogRow } from './row.ts';

/** The event that makes a conversation, of what this device holds of it. Who belongs to it is filled in when it is sealed: others may come and go until then. */
export function creationOf({ id, kind, members, title, creation }: Pick<LogRow, 'id' | 'kind' | 'members' | 'title' | 'creation'>, { person, device }: Pick<SessionRow, 'person' | 'device'>, random: Random): ReadyEvent {
  const add = members.map((member) => member.person).filter((member) => member !== person);
  return compose({
    id: creation ?? makeId(random), log: id, device, class: 'create',
    body: { kind: 'roster', members: [], previous: null, ...(title !== null && { title }) },
    membership: { kind: kind === 'group' ? 'group' : 'direct', add },
  });
}

/** A conversation that was made on this device and nothing of which is known of the server, while nothing is on its way that would make it there; null for any other. */
export async function unmade(store: Store, log: Id, person: Id): Promise<LogRow | null> {
  const row = (await store.get(keys.log(log))) as LogRow | undefined;
  if (row?.pending !== true) return null;
  const making = (await listRows(store, person)).some(({ event, state }) => event?.envelope.log === log && event.envelope.class === 'create' && (state.at === 'released' || state.at === 'posted'));
  return making ? null : row;
}
