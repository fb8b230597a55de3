import type { Id } from '@earshot/base/ids.ts';
import { directLogId } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Person } from '@earshot/protocol/people.ts';
import type { Store } from '../store.ts';
import { below } from '../stores/keys.ts';
import type { LogRow } from './row.ts';

/** Somebody else's conversation lies where another one belongs. Only the operator can clear that. */
export function taken(log: Id): Failure {
  return new Failure('server.misbehaves', { what: 'log', log, reason: 'taken' });
}

/**
 * Throws where a group lies in the place of this person's conversation with somebody, or with herself: who has put it there hears what is said in it. The
 * places of groups follow from the events that make them; a server that did not ask for that let anybody choose.
 */
export async function requireOwnPlace(store: Store, me: Id, { id, kind, roster }: LogRow): Promise<void> {
  if ((roster?.kind ?? kind) !== 'group') return;
  const people = (await store.list(below('r/person'))).map(([, value]) => (value as Person).id);
  const places = await Promise.all([me, ...people].map((person) => directLogId(me, person)));
  if (places.includes(id)) throw taken(id);
}

/** Whether nobody but these two (who may be one) belongs to a conversation, by the server's word and by what members have signed. */
export function isBetween({ kind, members, roster }: LogRow, me: Id, other: Id): boolean {
  // Of what was damaged on this device nothing is known yet.
  if (members.length === 0) return true;
  const theirs = [...members, ...(roster?.members ?? [])].every(({ person }) => person === me || person === other);
  return kind !== 'group' && roster?.kind !== 'group' && theirs;
}
