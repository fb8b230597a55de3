import type { Id } from '@earshot/base/ids.ts';
import type { BlobRef, Envelope, EventClass, Removal } from '@earshot/protocol/envelope.ts';
import type { Evidence, FailureCode } from '@earshot/protocol/failures.ts';
import type { DeviceGrant, Grant } from '@earshot/protocol/keys.ts';
import type { Retention } from '@earshot/protocol/retention.ts';
import type { BlobState } from '../store/upload-store.ts';
import { ephemeralTrouble } from './ephemeral.ts';
import { decideKeys, type KeyState } from './keying.ts';
import { changeMembers, type MemberState } from './membership.ts';

/** What an adapter of the store has to know before an event may be appended, read in the transaction that appends. */
export interface AppendFacts {
  readonly log: { readonly kind: 'direct' | 'group' | 'self'; readonly head: number; readonly keys: KeyState } | null;
  /** Present and former ones, in the order in which they joined. */
  readonly members: readonly MemberState[];
  /** As the envelope names them; null for what does not exist. */
  readonly blobs: readonly (BlobFacts | null)[];
  /** The events that the envelope refers to, in this log; null for what does not exist. */
  readonly refers: readonly (ReferredFacts | null)[];
  /** In a direct conversation: one of the two has blocked the other, or left this server. */
  readonly closed: boolean;
  /** Which of those to be added the person can see, and neither has blocked the other: like who cannot be seen, so that a block is not told. */
  readonly visible: readonly Id[];
  /** Conversations of the person; only needed for `create`. */
  readonly conversations: number;
  /** The account generation in force of each person who is granted a key. */
  readonly accounts: ReadonlyMap<Id, number>;
  /** The number of the prekey in force of each device that is given a seed; none of whom the server knows none. */
  readonly prekeys: ReadonlyMap<Id, number>;
}

export interface BlobFacts {
  readonly id: Id;
  readonly owner: Id;
  readonly state: BlobState | 'gone';
  readonly offset: number;
  readonly sum: string | null;
  /** Named by an event that the person can read. */
  readonly named: boolean;
}

export interface ReferredFacts {
  readonly seq: number;
  readonly person: Id;
  readonly class: string;
  /** Seconds after it was heard until it ends; null: it does not. */
  readonly term: number | null;
  readonly removed: Removal['rule'] | null;
  /** Its body is there, perhaps only resting, and has not rested for too long. */
  readonly whole: boolean;
}

export interface Rules {
  readonly membersAllowed: number;
  readonly conversationsAllowed: number;
  readonly retention: Retention;
}

export type Decision =
  | { readonly kind: 'refused'; readonly code: FailureCode; readonly evidence: Evidence }
  | { readonly kind: 'unsummed'; readonly blob: Id; readonly offset: number }
  | { readonly kind: 'mismatch'; readonly blob: Id; readonly owned: boolean }
  | {
    readonly kind: 'append';
    readonly seq: number;
    /** Set for `create`. */
    readonly create: 'direct' | 'group' | 'self' | null;
    readonly closes: readonly BlobRef[];
    readonly keys: KeyState;
    /** Rows of the membership to be written. */
    readonly members: readonly MemberState[];
    /** Everybody who may read the event. */
    readonly readers: readonly Id[];
    /** Numbers of the events that are removed, restored, heard, kept or asked for by it. */
    readonly about: readonly number[];
  };

const refused = (code: FailureCode, evidence: Evidence = {}): Decision & { kind: 'refused' } => ({ kind: 'refused', code, evidence });

export interface Posted {
  readonly person: Id;
  readonly envelope: Envelope;
  readonly grants: readonly Grant[];
  readonly deviceGrants: readonly DeviceGrant[];
  /** Of a `create`: its log is not the one that follows from it. What was made before that was asked for goes on. */
  readonly misplaced?: boolean;
}

/** The one place where it is decided whether an event becomes part of a log, and what follows from it. */
export function decideAppend(posted: Posted, facts: AppendFacts, rules: Rules): Decision {
  const { person, envelope } = posted;
  if (envelope.class === 'create') {
    // That something lies there is told to whoever may know it: not to whoever guesses the place of two others.
    if (facts.log && (posted.misplaced !== true || facts.members.some((member) => member.person === person))) return refused('event.conflict', { log: envelope.log });
    if (posted.misplaced) return refused('request.invalid', { field: 'envelope.log' });
  } else if (!facts.log || !facts.members.some((member) => member.person === person && member.left === null)) return refused('not-found');

  if (facts.closed && !isOfBefore(envelope)) return refused('conversation.closed', { log: envelope.log });
  const changes = envelope.class === 'create' || envelope.class === 'members';
  if (changes !== (envelope.membership !== undefined)) return refused('request.invalid', { field: 'envelope.membership' });
  if (envelope.class === 'create' && facts.conversations >= rules.conversationsAllowed)
    return refused('limit.reached', { limit: 'conversationsPerPerson', allowed: rules.conversationsAllowed, seen: facts.conversations + 1 });

  const ephemeral = ephemeralTrouble(envelope, posted.deviceGrants, facts.prekeys);
  if (ephemeral) return refused(ephemeral.code, ephemeral.evidence);
  return expiryTrouble(envelope, rules.retention) ?? refersTrouble(person, envelope, facts) ?? blobsTrouble(person, envelope, facts) ?? accept(posted, facts, rules);
}

/** Classes that only say what becomes of what was said before. */
const OF_BEFORE: ReadonlySet<EventClass> = new Set<EventClass>(['remove', 'restore', 'heard', 'keep']);

/** What a closed conversation takes all the same, from both: what is in it would end, or stay, against somebody's decision. It brings nothing that could be heard. */
function isOfBefore({ class: kind, blobs }: Envelope): boolean {
  return OF_BEFORE.has(kind) && blobs.length === 0;
}

function accept({ person, envelope, grants }: Posted, facts: AppendFacts, rules: Rules): Decision {
  const seq = (facts.log?.head ?? 0) + 1;
  let members: readonly MemberState[] = [];
  const create = envelope.class === 'create' ? kindOf(person, envelope) : null;
  if (envelope.membership) {
    const changed = changeMembers({ person, seq, kind: create ?? facts.log?.kind ?? 'group', creates: create !== null, members: facts.members, change: envelope.membership, visible: facts.visible }, rules.membersAllowed);
    if ('code' in changed) return refused(changed.code, changed.evidence);
    members = changed.members;
  }
  const after = merged(facts.members, members);
  const present = after.filter((member) => member.left === null).map((member) => member.person);
  const keys = decideKeys(facts.log?.keys ?? { generation: 0, due: false }, { person, envelope, grants, present, accounts: facts.accounts, closed: facts.closed });
  if ('code' in keys) return refused(keys.code, keys.evidence);
  return {
    kind: 'append', seq, create, members, keys,
    closes: envelope.blobs.filter((_, at) => facts.blobs[at]?.state === 'open'),
    readers: readersOf(after, seq),
    about: ABOUT.has(envelope.class) ? facts.refers.flatMap((event) => (event ? [event.seq] : [])) : [],
  };
}

function kindOf(person: Id, envelope: Envelope): 'direct' | 'group' | 'self' {
  if (envelope.membership?.kind !== 'direct') return 'group';
  return (envelope.membership.add ?? []).every((other) => other === person) ? 'self' : 'direct';
}

/** Members as they are once `changes` are written. */
function merged(members: readonly MemberState[], changes: readonly MemberState[]): readonly MemberState[] {
  if (changes.length === 0) return members;
  return [...members.filter((member) => !changes.some((change) => change.person === member.person)), ...changes];
}

/** Who may read the event at `seq`: those who joined by then and had not left before it. */
export function readersOf(members: readonly MemberState[], seq: number): readonly Id[] {
  const readers: Id[] = [];
  for (const member of members) if (member.joined <= seq && (member.left === null || member.left >= seq)) readers.push(member.person);
  return readers;
}

function expiryTrouble({ class: kind, expiry }: Envelope, { least, most }: Retention): Decision | null {
  if (expiry === 'never') return null;
  if (kind !== 'message') return refused('request.invalid', { field: 'envelope.expiry' });
  return expiry.heard < least || expiry.heard > most ? refused('expiry.refused', { least, most, seen: expiry.heard }) : null;
}

/** Classes that do something to the events they refer to. */
const ABOUT: ReadonlySet<EventClass> = new Set<EventClass>(['remove', 'restore', 'heard', 'keep', 'ask', 'answer']);

function refersTrouble(person: Id, envelope: Envelope, facts: AppendFacts): Decision | null {
  if (ABOUT.has(envelope.class) && envelope.refers.length === 0) return refused('request.invalid', { field: 'envelope.refers' });
  const own = facts.members.find((member) => member.person === person);
  for (const [at, event] of envelope.refers.entries()) {
    const found = facts.refers[at];
    if (!found || !own || found.seq < own.joined) return refused('not-found', { event });
    const trouble = ABOUT.has(envelope.class) ? aboutTrouble(person, envelope.class, event, found) : null;
    if (trouble) return trouble;
  }
  return null;
}

function aboutTrouble(person: Id, kind: EventClass, event: Id, found: ReferredFacts): Decision | null {
  const takesBack = kind === 'remove' || kind === 'restore';
  if (found.class !== 'message' && !(takesBack && found.class === 'signal')) return refused('request.invalid', { field: 'envelope.refers', event });
  // Who said that it may be heard once decides alone whether it may be heard again.
  if (found.person !== person && (takesBack || (kind === 'keep' && found.term === 0))) return refused('not-allowed', { event });
  if (kind === 'restore' && found.removed !== null && !(found.removed === 'removed' && found.whole)) return refused('message.rested', { event });
  return null;
}

function blobsTrouble(person: Id, envelope: Envelope, facts: AppendFacts): Decision | null {
  for (const [at, named] of envelope.blobs.entries()) {
    const trouble = blobTrouble(person, named, facts.blobs[at] ?? null);
    if (trouble) return trouble;
  }
  return null;
}

function blobTrouble(person: Id, named: BlobRef, blob: BlobFacts | null): Decision | null {
  const owned = blob?.owner === person;
  // What is not hers and not shown to her does not exist for her.
  if (!blob || (!owned && !(blob.named && blob.state === 'closed'))) return refused('not-found', { blob: named.id });
  if (blob.state === 'gone') return refused('upload.gone', { blob: named.id });
  if (blob.state === 'aside') return { kind: 'mismatch', blob: named.id, owned: false };
  if (blob.state === 'open' && blob.offset < named.length) return refused('blob.incomplete', { blob: named.id, offset: blob.offset, length: named.length });
  if (blob.sum === null) return { kind: 'unsummed', blob: blob.id, offset: blob.offset };
  if (blob.offset !== named.length || blob.sum !== named.sha256) return { kind: 'mismatch', blob: named.id, owned: owned && blob.state === 'open' };
  return null;
}
