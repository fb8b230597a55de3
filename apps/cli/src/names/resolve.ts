import type { Id } from '@earshot/base/ids.ts';
import type { Conversation } from '@earshot/client/earshot.ts';
import type { Person } from '@earshot/protocol/people.ts';
import { Failure } from '@earshot/protocol/failures.ts';

/** What a person may mean by a name: everybody and everything that this profile knows. */
export interface Known {
  readonly me: { readonly person: Id; readonly handle: string };
  readonly people: readonly Person[];
  readonly conversations: readonly Conversation[];
}

export type Target = { readonly kind: 'conversation'; readonly id: Id } | { readonly kind: 'person'; readonly id: Id };

/**
 * Whom `name` means: `me` (one's notes), an id, a handle (also written `@handle`), then a display name or a group's title. What stands earlier in
 * this row wins, so that a handle always reaches its owner whatever others call themselves.
 *
 * Throws `person.unknown`, or `person.ambiguous` with those it could be.
 */
export function resolveTarget(name: string, known: Known): Target {
  const wanted = fold(name);
  if (wanted === 'me' || wanted === fold(known.me.handle) || name === known.me.person) return { kind: 'person', id: known.me.person };
  const conversation = known.conversations.find(({ id }) => id === name);
  if (conversation !== undefined) return { kind: 'conversation', id: conversation.id };
  const person = exactPerson(name, known.people);
  if (person !== null) return { kind: 'person', id: person.id };
  return onlyOne(name, [
    ...peopleCalled(name, known.people),
    ...known.conversations.filter(({ kind, title }) => kind === 'group' && title !== null && fold(title) === wanted).map(groupChoice),
  ]);
}

/** A person by id, handle or display name. Throws as `resolveTarget` does. */
export function resolvePerson(name: string, people: readonly Person[]): Id {
  const exact = exactPerson(name, people);
  return exact === null ? onlyOne(name, peopleCalled(name, people)).id : exact.id;
}

/** A group by id or title. Throws as `resolveTarget` does. */
export function resolveConversation(name: string, known: Known): Id {
  const target = resolveTarget(name, known);
  if (target.kind === 'conversation') return target.id;
  const kind = target.id === known.me.person ? 'self' : 'direct';
  const found = known.conversations.find((one) => one.kind === kind && (kind === 'self' || one.members.some(({ person }) => person === target.id)));
  if (found === undefined) throw new Failure('not-found', { conversation: name });
  return found.id;
}

/** Letters that look the same and differ only in case or form are the same name. */
function fold(name: string): string {
  return name.normalize('NFKC').toLowerCase().trim();
}

function exactPerson(name: string, people: readonly Person[]): Person | null {
  const handle = fold(name.replace(/^@/, ''));
  return people.find(({ id }) => id === name) ?? people.find((person) => person.state !== 'deleted' && fold(person.handle) === handle) ?? null;
}

type Choice = Target & { readonly says: string };

function peopleCalled(name: string, people: readonly Person[]): Choice[] {
  const wanted = fold(name);
  return people
    .filter((person) => person.state !== 'deleted' && fold(person.name) === wanted)
    .map((person) => ({ kind: 'person', id: person.id, says: `@${person.handle}` }));
}

function groupChoice(group: Conversation): Choice {
  return { kind: 'conversation', id: group.id, says: `${group.title ?? ''} (${group.id})` };
}

function onlyOne(name: string, choices: readonly Choice[]): Target {
  const [first, second] = choices;
  if (first === undefined) throw new Failure('person.unknown', { name });
  if (second !== undefined) throw new Failure('person.ambiguous', { name, candidates: choices.map(({ says }) => says).join(', ') });
  return { kind: first.kind, id: first.id };
}
