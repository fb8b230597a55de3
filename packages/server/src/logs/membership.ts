import type { Id } from '@earshot/base/ids.ts';
import type { Membership } from '@earshot/protocol/envelope.ts';
import type { Evidence, FailureCode } from '@earshot/protocol/failures.ts';

export interface MemberState {
  readonly person: Id;
  readonly role: 'owner' | 'member';
  /** Reads from this number on. */
  readonly joined: number;
  /** Null while a member; otherwise the last number that may be read. */
  readonly left: number | null;
}

export interface ChangeRequest {
  readonly person: Id;
  /** The number of the event that makes the change. */
  readonly seq: number;
  readonly kind: 'direct' | 'group' | 'self';
  readonly creates: boolean;
  /** In the order in which they joined. */
  readonly members: readonly MemberState[];
  readonly change: Membership;
  /** Which of those added the person can see, and add. */
  readonly visible: readonly Id[];
}

export interface Refusal {
  readonly code: FailureCode;
  readonly evidence: Evidence;
}

const refusal = (code: FailureCode, evidence: Evidence = {}): Refusal => ({ code, evidence });

/** The rows that a change of membership writes, in the order of joining; or why it may not be. */
export function changeMembers(request: ChangeRequest, membersAllowed: number): { readonly members: readonly MemberState[] } | Refusal {
  const result = request.creates ? created(request) : changed(request);
  if ('code' in result) return result;
  const present = new Map(request.members.map((member) => [member.person, member]));
  for (const member of result.members) present.set(member.person, member);
  const count = [...present.values()].filter((member) => member.left === null).length;
  if (count > membersAllowed && (request.change.add?.length ?? 0) > 0) return refusal('limit.reached', { limit: 'membersPerConversation', allowed: membersAllowed, seen: count });
  return result;
}

function created({ person, seq, kind, change, visible }: ChangeRequest): { readonly members: readonly MemberState[] } | Refusal {
  if (change.remove || change.promote) return refusal('request.invalid', { field: 'envelope.membership' });
  const others = [...new Set(change.add)].filter((other) => other !== person);
  if (kind === 'direct' && others.length !== 1) return refusal('request.invalid', { field: 'envelope.membership.add' });
  const unseen = others.find((other) => !visible.includes(other));
  if (unseen !== undefined) return refusal('person.unknown', { person: unseen });
  // Nobody owns a direct conversation: neither can change it.
  const role = kind === 'direct' ? 'member' : 'owner';
  return { members: [{ person, role, joined: seq, left: null }, ...others.map((other) => ({ person: other, role: 'member', joined: seq, left: null }) as const)] };
}

function changed(request: ChangeRequest): { readonly members: readonly MemberState[] } | Refusal {
  const { person, seq, kind, change, visible } = request;
  if (change.kind !== undefined) return refusal('request.invalid', { field: 'envelope.membership.kind' });
  if (kind !== 'group') return refusal('not-allowed', { kind });
  const present = new Map<Id, MemberState>();
  for (const member of request.members) if (member.left === null) present.set(member.person, member);
  const { add = [], remove = [], promote = [] } = change;
  const leaves = add.length === 0 && promote.length === 0 && remove.length === 1 && remove[0] === person;
  if (!leaves && present.get(person)?.role !== 'owner') return refusal('not-allowed', {});

  const rows = new Map<Id, MemberState>();
  for (const other of remove) {
    const member = present.get(other);
    // Removing who is not there is done already: two owners may do it at once.
    if (member) rows.set(other, { ...member, left: seq });
  }
  for (const other of add) {
    if (remove.includes(other)) return refusal('request.invalid', { field: 'envelope.membership.add' });
    if (present.has(other)) continue;
    if (!visible.includes(other)) return refusal('person.unknown', { person: other });
    rows.set(other, { person: other, role: 'member', joined: seq, left: null });
  }
  for (const other of promote) {
    const member = rows.get(other) ?? present.get(other);
    if (!member || member.left !== null) return refusal('person.unknown', { person: other });
    rows.set(other, { ...member, role: 'owner' });
  }
  const heir = heirOf([...present.values()].map((member) => rows.get(member.person) ?? member).concat([...rows.values()].filter((row) => !present.has(row.person))));
  if (heir) rows.set(heir.person, heir);
  return { members: [...rows.values()] };
}

/** When nobody present is an owner, whoever has been there longest becomes one. Members in the order of joining. */
export function heirOf(members: readonly MemberState[]): MemberState | null {
  const present = members.filter((member) => member.left === null);
  const [eldest] = present;
  if (!eldest || present.some((member) => member.role === 'owner')) return null;
  return { ...eldest, role: 'owner' };
}
