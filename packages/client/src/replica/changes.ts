import type { LoggedEvent } from '@earshot/protocol/envelope.ts';
import type { Body } from '@earshot/protocol/bodies.ts';
import type { ConversationChange } from '../earshot.ts';
import type { ChangeRow, LogRow, RekeyedRow } from './row.ts';

/** At most so many in one answer: a group changes now and then, and nobody reads further back in one go. */
export const CHANGES = 200;

/** What an event made of the conversation it is in; null when it is about what was said. Pure. */
export function changeRow({ seq, at, person, envelope }: LoggedEvent, body: Body | null, kind: LogRow['kind']): ChangeRow | null {
  if (envelope.class === 'signal' && body?.kind === 'expiry' && kind !== 'self') return { seq, at, person, changes: [{ what: 'expiry', seconds: body.seconds }] };
  if (kind !== 'group') return null;
  const changes: ConversationChange['change'][] = [];
  if (envelope.class === 'create') changes.push({ what: 'created' });
  if (envelope.class === 'members') {
    const { add = [], remove = [], promote = [] } = envelope.membership ?? {};
    const others = remove.filter((one) => one !== person);
    if (others.length < remove.length) changes.push({ what: 'left' });
    if (others.length > 0) changes.push({ what: 'removed', people: others });
    if (add.length > 0) changes.push({ what: 'added', people: add });
    if (promote.length > 0) changes.push({ what: 'promoted', people: promote });
  }
  if (envelope.class === 'signal' && body?.kind === 'title') changes.push({ what: 'titled', title: body.title });
  return changes.length === 0 ? null : { seq, at, person, changes };
}

export function viewChanges(conversation: string, rows: readonly ChangeRow[]): ConversationChange[] {
  return rows.flatMap(({ seq, at, person, changes }) => changes.map((change) => ({ conversation, seq, time: at, by: person, change })));
}

/** Of the other members, from a time on. */
export function viewRekeyed({ id, kind, members }: LogRow, me: string, rows: readonly RekeyedRow[], from: number): ConversationChange[] {
  const others = new Set(members.filter(({ person, left }) => person !== me && left === null).map(({ person }) => person));
  const theirs = kind === 'self' ? [] : rows.filter(({ person, at }) => others.has(person) && at >= from);
  return theirs.flatMap(({ person, at, why }) => why.map((one) => ({ conversation: id, seq: null, time: at, by: person, change: { what: 'keys', why: one } as const })));
}
