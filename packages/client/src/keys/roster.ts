import type { Id } from '@earshot/base/ids.ts';
import type { RosterBody } from '@earshot/protocol/bodies.ts';
import { directLogId, type Envelope, type Membership } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';

/**
 * Who belongs to a conversation, by what members have signed: each event that changes it (`create`, `members`) or begins a key generation
 * (`key`) says the whole list after it and names the hash of the one before. Clients seal to this list and to no other.
 *
 * Laws
 * 1. A list follows from the one before and from what the event's envelope says it does, by the rules of `changed`; another one is refused.
 * 2. A newcomer believes the event that added her, if its own list makes the sender an owner. Who began anew knows nothing of the list before, and believes
 *    the member who gives her the next key.
 * 3. `key` adds nobody. It may leave out whom the server has removed (an account that ended): that is reported as `gone`, never silent.
 */
export type Roster = {
  readonly kind: 'direct' | 'group' | 'self';
  /** In the order of joining. */
  readonly members: readonly Membered[];
  /** Of the event that says it (see `hashedBytes`), and the key generation it began or found. Null: of her own conversation, after she began anew. */
  readonly hash: string | null;
  readonly generation: number;
};

export type Membered = {
  readonly person: Id;
  readonly role: 'owner' | 'member';
};

export interface RosterEvent {
  readonly envelope: Envelope;
  /** Who sent it: whose device signed it. */
  readonly person: Id;
  readonly body: RosterBody;
  readonly hash: string;
}

/** The list after an event. `me` decides whether it is the one that added me. Throws `server.misbehaves` with `reason`. */
export async function followRoster(before: Roster | null, event: RosterEvent, me: Id): Promise<{ readonly roster: Roster; readonly gone: readonly Id[] }> {
  const { envelope, person, body, hash } = event;
  const known = before !== null && holds(before.members, me) ? before : null;
  if (envelope.class === 'create') {
    const kind = await kindOf(event);
    return { roster: { kind, members: same(created(kind, person, envelope.membership), body.members, event), hash, generation: envelope.generation }, gone: [] };
  }
  if (known === null) return { roster: await welcomed(event, me), gone: [] };
  if (body.previous !== known.hash) throw misbehaves(event, 'previous');
  if (!holds(known.members, person)) throw misbehaves(event, 'sender');
  const next = { kind: known.kind, hash, generation: envelope.generation };
  if (envelope.class === 'members') return { roster: { ...next, members: same(changed(known, event), body.members, event) }, gone: [] };
  const gone = known.members.filter((member) => !holds(body.members, member.person)).map((member) => member.person);
  return { roster: { ...next, members: same(without(known, gone), body.members, event) }, gone };
}

/** The list that a `members` event with this change makes, for its body. */
export function rosterAfter(before: Roster, change: Membership): Membered[] {
  const { add = [], remove = [], promote = [] } = change;
  const stay = before.members.filter((member) => !remove.includes(member.person));
  const come = [...new Set(add)].filter((other) => !holds(stay, other)).map((other): Membered => ({ person: other, role: 'member' }));
  return withHeir(before.kind, [...stay, ...come].map((member) => (promote.includes(member.person) ? { ...member, role: 'owner' } : member)));
}

/** The list that a `create` of this sender makes. Nobody owns a direct conversation. */
export function created(kind: Roster['kind'], person: Id, change: Membership | undefined): Membered[] {
  const others = [...new Set(change?.add ?? [])].filter((other) => other !== person);
  return [{ person, role: kind === 'direct' ? 'member' : 'owner' }, ...others.map((other): Membered => ({ person: other, role: 'member' }))];
}

/** The list without those whom the server removed. */
export function without({ kind, members }: Pick<Roster, 'kind' | 'members'>, gone: readonly Id[]): Membered[] {
  return withHeir(kind, members.filter((member) => !gone.includes(member.person)));
}

function changed(before: Roster, event: RosterEvent): Membered[] {
  const { person, envelope } = event;
  const change = envelope.membership ?? {};
  const leaves = change.remove?.length === 1 && change.remove[0] === person && !change.add?.length && !change.promote?.length;
  if (before.kind !== 'group') throw misbehaves(event, 'kind');
  if (!leaves && before.members.find((member) => member.person === person)?.role !== 'owner') throw misbehaves(event, 'owner');
  return rosterAfter(before, change);
}

async function welcomed(event: RosterEvent, me: Id): Promise<Roster> {
  const { envelope, person, body, hash } = event;
  const adds = envelope.class === 'members' && envelope.membership?.add?.includes(me) === true;
  const gives = envelope.class === 'key' && holds(body.members, person);
  if (!(adds || gives) || !holds(body.members, me)) throw misbehaves(event, 'stranger');
  if (adds && body.members.find((member) => member.person === person)?.role !== 'owner') throw misbehaves(event, 'owner');
  return { kind: adds ? 'group' : await kindBetween(envelope.log, body.members, me), members: body.members, hash, generation: envelope.generation };
}

/** A direct conversation shows by its id whose it is. */
async function kindBetween(log: Id, members: readonly Membered[], me: Id): Promise<Roster['kind']> {
  const other = members.find(({ person }) => person !== me)?.person ?? me;
  if (members.length > 2 || log !== (await directLogId(me, other))) return 'group';
  return other === me ? 'self' : 'direct';
}

/** The list of one's own conversation, which its id proves; null of any other. */
export async function ownRoster(log: Id, person: Id, generation: number): Promise<Roster | null> {
  return log === (await directLogId(person, person)) ? { kind: 'self', members: [{ person, role: 'owner' }], hash: null, generation } : null;
}

/** When nobody of a group is an owner, whoever has been there longest becomes one. */
function withHeir(kind: Roster['kind'], members: Membered[]): Membered[] {
  if (kind !== 'group' || members.some((member) => member.role === 'owner')) return members;
  return members.map((member, at) => (at === 0 ? { ...member, role: 'owner' } : member));
}

async function kindOf(event: RosterEvent): Promise<Roster['kind']> {
  const { envelope, person } = event;
  if (envelope.membership?.kind !== 'direct') return 'group';
  const other = envelope.membership.add?.find((one) => one !== person) ?? person;
  if (envelope.log !== (await directLogId(person, other))) throw misbehaves(event, 'log');
  return other === person ? 'self' : 'direct';
}

function same(expected: readonly Membered[], said: readonly Membered[], event: RosterEvent): readonly Membered[] {
  const text = (members: readonly Membered[]): string => members.map(({ person, role }) => `${person} ${role}`).sort().join();
  if (text(expected) !== text(said)) throw misbehaves(event, 'members');
  return expected;
}

function holds(members: readonly Membered[], person: Id): boolean {
  return members.some((member) => member.person === person);
}

function misbehaves({ envelope, person }: RosterEvent, reason: string): Failure {
  return new Failure('server.misbehaves', { what: 'members', log: envelope.log, event: envelope.id, person, reason });
}
