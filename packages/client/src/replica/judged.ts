import type { Id } from '@earshot/base/ids.ts';
import type { Body } from '@earshot/protocol/bodies.ts';
import { beginsGeneration, type LoggedEvent } from '@earshot/protocol/envelope.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import type { Happening } from '../earshot.ts';
import type { Chain } from '../keys/chain.ts';
import { chainHolding, placeOf } from '../keys/former-chains.ts';
import { judge, type LogWatch, nothingWatched } from '../keys/log-watch.ts';
import { followRoster, without } from '../keys/roster.ts';
import type { OpenedEvent } from '../sealer.ts';
import { keys } from '../stores/keys.ts';
import type { Transaction } from '../stores/transaction.ts';
import type { EventRow, LogRow, MessageRow } from './row.ts';

/** An event in its place: it has a body when its sender said it, there. */
export interface JudgedEvent {
  readonly event: LoggedEvent;
  readonly body: Body | null;
  readonly failure: MessageRow['failure'];
  readonly bytes?: OpenedEvent['bytes'];
  /** What the log has said with it; null when it is not believed. */
  readonly watch: LogWatch | null;
  /** With the members and the key generation that it leaves behind. */
  readonly log: LogRow;
  /** This person reads from here on: what was set before she knows from this event alone. */
  readonly comes?: boolean;
}

type Content = NonNullable<OpenedEvent['content']>;

/**
 * Judges an event by all that was said in its log before. What does not fit is kept, without a body, and named; with what had been said by then, so that
 * it can be judged again. `late`: that, of an event which is opened only now.
 */
export async function judgeEvent(transaction: Transaction, me: Id, log: LogRow, opened: OpenedEvent, happenings: Happening[], late?: LogWatch): Promise<JudgedEvent> {
  const { event, content, granted, bytes } = opened;
  const stands = inForce(log, event);
  const before = late ?? (await transaction.get<LogWatch>(keys.frames(log.id))) ?? nothingWatched;
  const unread = (failure: Failure | null): JudgedEvent => {
    if (failure !== null && MAY_COME.has(failure.code)) transaction.put(keys.late(log.id, event.seq), before);
    return { event, body: null, watch: null, failure: named(failure), log: stands };
  };
  try {
    if (content === null) return unread(opened.failure);
    const watch = await watched(transaction, before, event, content);
    const roster = await rosterAfter(me, stands, opened, content.body);
    if (late === undefined) transaction.put(keys.frames(log.id), watch);
    if (granted !== null) transaction.put(keys.conversationKey(log.id, event.envelope.generation), granted);
    return { event, body: content.body, watch, failure: null, log: { ...stands, roster }, comes: stands.roster?.members.some(({ person }) => person === me) !== true, ...(bytes && { bytes }) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    happenings.push({ type: 'fault', code: error.code, evidence: error.evidence });
    return unread(error);
  }
}

/** What may be otherwise once a key was given or a chain was fetched. */
const MAY_COME: ReadonlySet<string> = new Set<FailureCode>(['key.missing', 'server.misbehaves', 'identity.changed', 'not-found']);

function named(failure: Failure | null): MessageRow['failure'] {
  return failure === null ? null : { code: failure.code, evidence: failure.evidence };
}

/**
 * The generation on the outside is the server's word, as everything there: it says when a key is due, and never which key counts. What the server says of
 * the log may tell of a generation before the event that began it is here, so that event alone says since when it counts.
 */
function inForce(log: LogRow, { at, person, envelope }: LoggedEvent): LogRow {
  const began = log.since === 0 || beginsGeneration(envelope, person) ? { since: at } : {};
  return envelope.generation > log.generation ? { ...log, ...began, generation: envelope.generation, due: false } : { ...log, ...began };
}

async function knownChain(transaction: Transaction, person: Id): Promise<Chain | null> {
  return (await transaction.get<Chain>(keys.chain(person))) ?? null;
}

/** Throws what does not fit to what the log has said. */
export async function watched(transaction: Transaction, watch: LogWatch, { seq, person, envelope }: LoggedEvent, { frame, signingKey }: Content): Promise<LogWatch> {
  const chains = new Map<Id, Chain | null>();
  for (const { person: one, ...head } of frame.chains.others) chains.set(one, (await chainHolding(transaction, one, head)) ?? (await knownChain(transaction, one)));
  const own = await placeOf(transaction, person, frame.chains.own);
  chains.set(person, own?.chain ?? (await knownChain(transaction, person)));
  const seen = frame.saw === null ? undefined : await transaction.get<EventRow>(keys.event(envelope.log, frame.saw.seq));
  const judgement = judge(watch, { seq, person, envelope, frame }, { hashAt: () => seen?.hash ?? null, chainOf: (one) => chains.get(one) ?? null, later: own?.later ?? [] });
  const evidence = { what: 'log', log: envelope.log, event: envelope.id, person };
  if (judgement.is === 'unread') throw new Failure('server.misbehaves', { ...evidence, reason: 'hidden' });
  if (judgement.is === 'wrong') throw new Failure('server.misbehaves', { ...evidence, reason: judgement.reason });
  if (judgement.signingKey !== signingKey) throw new Failure('event.forged', { event: envelope.id, person });
  return judgement.watch;
}

async function rosterAfter(me: Id, log: LogRow, { event, hash }: OpenedEvent, body: Body): Promise<LogRow['roster']> {
  const { envelope, person } = event;
  if (body.kind === 'roster') return (await followRoster(log.roster, { envelope, person, body, hash }, me)).roster;
  if (envelope.class !== 'members' || log.roster === null) return log.roster;
  // Whoever leaves only says so: the list follows.
  return { ...log.roster, members: without(log.roster, [person]) };
}
