import type { Id } from '@earshot/base/ids.ts';
import { beginsGeneration, type Envelope, leaves } from '@earshot/protocol/envelope.ts';
import type { Grant } from '@earshot/protocol/keys.ts';
import type { Refusal } from './membership.ts';

/** Where the keys of a log stand: the generation in force (0 before it is created), and whether the next one has to begin first. */
export interface KeyState {
  readonly generation: number;
  readonly due: boolean;
}

export interface KeyRequest {
  readonly person: Id;
  readonly envelope: Envelope;
  readonly grants: readonly Grant[];
  /** Who belongs to the log after the event. */
  readonly present: readonly Id[];
  /** The account generation in force of each of them. */
  readonly accounts: ReadonlyMap<Id, number>;
  /** No generation can begin there. */
  readonly closed: boolean;
}

/**
 * What an event does to the keys of its log; or why it may not be. The server cannot know whether a grant holds the key: it sees to it
 * that there is one for everybody who belongs there, that none is for anybody else, and that two do not begin the same generation.
 */
export function decideKeys(before: KeyState, request: KeyRequest): KeyState | Refusal {
  const { person, envelope, closed } = request;
  if (beginsGeneration(envelope, person)) return grantsTrouble(before, request) ?? { generation: before.generation + 1, due: envelope.membership?.remove?.includes(person) === true };
  if (request.grants.length > 0) return { code: 'request.invalid', evidence: { field: 'grants' } };
  if (before.due && !closed && (envelope.class === 'message' || envelope.class === 'signal' || envelope.class === 'heard' || envelope.class === 'chain')) return { code: 'key.due', evidence: { generation: before.generation } };
  if (envelope.generation !== before.generation) return { code: 'key.behind', evidence: { generation: before.generation } };
  return { generation: before.generation, due: before.due || leaves(envelope, person) };
}

function grantsTrouble(before: KeyState, { envelope, grants, present, accounts }: KeyRequest): Refusal | null {
  if (envelope.generation !== before.generation + 1) return { code: 'key.behind', evidence: { generation: before.generation } };
  const granted = new Map(grants.map((grant) => [grant.person, grant.account]));
  if (granted.size < grants.length) return { code: 'request.invalid', evidence: { field: 'grants' } };
  const missing = present.find((member) => !granted.has(member));
  const surplus = [...granted.keys()].find((member) => !present.includes(member));
  if (missing !== undefined || surplus !== undefined) return { code: 'key.behind', evidence: { generation: before.generation, missing: missing ?? null, surplus: surplus ?? null } };
  for (const member of present) {
    const account = accounts.get(member) ?? 0;
    if (granted.get(member) !== account) return { code: 'key.behind', evidence: { generation: before.generation, person: member, account } };
  }
  return null;
}
