import { toBase64Url } from '@earshot/base/encoding.ts';
import { type Id, makeId } from '@earshot/base/ids.ts';
import type { Body } from '@earshot/protocol/bodies.ts';
import type { Envelope, EventClass } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { EventFrame } from '@earshot/protocol/frames.ts';
import { limits } from '@earshot/protocol/limits.ts';
import type { Person } from '@earshot/protocol/people.ts';
import type { SessionRow } from '../account/session.ts';
import { compose } from '../outbox/compose.ts';
import type { ReadyEvent } from '../outbox/row.ts';
import { creationOf, unmade } from '../replica/creation.ts';
import { requireWhole } from '../replica/lost.ts';
import { requireOwnPlace, taken } from '../replica/place.ts';
import type { EventRow, LogRow } from '../replica/row.ts';
import type { EventSealer } from '../sealer.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import { transact } from '../stores/transaction.ts';
import type { Api } from '../wire/api.ts';
import { type Chain, headOf, identityOf } from './chain.ts';
import type { Chains } from './chains.ts';
import { grantConversation, newConversationKey } from './conversation-key.ts';
import type { Audience, EphemeralKey, EphemeralSealing } from './ephemeral-sealing.ts';
import { sealEvent } from './event-body.ts';
import { type LogWatch, nothingWatched } from './log-watch.ts';
import type { Primitives } from './primitives.ts';
import type { ConversationKey, DeviceRow, Ring } from './ring.ts';
import { created, type Membered, ownRoster, rosterAfter, without } from './roster.ts';

export interface SealingPorts {
  readonly store: Store;
  readonly api: Api;
  readonly primitives: Primitives;
  readonly ring: Ring;
  readonly chains: Chains;
  readonly ephemeral: EphemeralSealing;
  /** Brings the replica to where the server is now. */
  readonly catchUp: () => Promise<void>;
}

/** A key serves at most so long. Milliseconds, between two times of the server. */
const LIFE = 30 * 24 * 3_600_000;
/** What a closed conversation takes. */
const OF_BEFORE: ReadonlySet<EventClass> = new Set<EventClass>(['remove', 'restore', 'heard', 'keep']);
/** Others can begin a generation between two steps of ours; more often than this in a row nobody does. */
const ROUNDS = 5;

/** What others hear or read. Whatever else there is to do in a conversation may be done where another one belongs: leaving, taking back. */
const SAYS: ReadonlySet<EventClass> = new Set<EventClass>(['message', 'signal']);

interface Sender {
  readonly session: SessionRow;
  readonly device: DeviceRow;
}

/** Seals what leaves, and begins a new key generation where one is due. Whom it seals to is what members have signed, never what the server says. */
export class EventSealing implements EventSealer {
  readonly #ports: SealingPorts;

  constructor(ports: SealingPorts) {
    this.#ports = ports;
  }

  async seal(event: ReadyEvent, session: SessionRow): Promise<ReadyEvent> {
    const sender = { session, device: await this.#ports.ring.device(session) };
    if (beginsGeneration(event.envelope, session.person)) return await this.#begin(event, sender);
    const { log } = event.envelope;
    const key = await this.#keyFor(event.envelope, sender);
    const row = await this.#row(log);
    if (SAYS.has(event.envelope.class)) await requireOwnPlace(this.#ports.store, session.person, row);
    const body = event.body.kind === 'roster' ? listed(event, rosterAfter(rosterOf(row), event.envelope.membership ?? {}), row) : event.body;
    if (event.envelope.class === 'chain') return await this.#chainBegun(event, key, sender);
    const { ephemeral: _, ...envelope } = event.envelope;
    const vanishing = vanishes(envelope) ? await this.#ports.ephemeral.next({ log, generation: key.generation, device: sender.device.id }) : null;
    return await this.#sealed({ ...event, envelope, body }, key, row, sender, vanishing);
  }

  async first({ envelope }: ReadyEvent, session: SessionRow): Promise<ReadyEvent | null> {
    const creation = await this.#creation(envelope, session);
    if (creation !== null || !vanishes(envelope)) return creation;
    const { ring, ephemeral, primitives } = this.#ports;
    const { log } = envelope;
    const sender = { session, device: await ring.device(session) };
    const audience = await this.#audience(log, await this.#inForce(log, sender), sender);
    if (await ephemeral.isReady(audience)) return null;
    return compose({ id: makeId(primitives.random), log, device: sender.device.id, class: 'chain', body: { kind: 'chain', chain: log } });
  }

  /** Where the server refused to make the conversation, whatever is said in it asks for that once more. To change what is not there is refused. */
  async #creation({ log, class: kind }: Envelope, session: SessionRow): Promise<ReadyEvent | null> {
    const { store, catchUp, primitives } = this.#ports;
    if (kind === 'create' || (await unmade(store, log, session.person)) === null) return null;
    // It may be there, and not back from the server yet.
    await catchUp();
    const row = await unmade(store, log, session.person);
    if (row === null) return null;
    requireMember(row, session.person);
    if (kind !== 'message' && row.kind !== 'self') throw new Failure('not-found', { log });
    return creationOf(row, session, primitives.random);
  }

  /** A chain, under an id of its own each time that it is sealed: should one from before have come to the server after all, it is another, which nobody uses. */
  async #chainBegun(event: ReadyEvent, key: ConversationKey, sender: Sender): Promise<ReadyEvent> {
    const { primitives, ephemeral } = this.#ports;
    const { log } = event.envelope;
    const { chain, deviceGrants, own } = await ephemeral.begin(await this.#audience(log, key, sender));
    const envelope = { ...event.envelope, id: makeId(primitives.random) };
    const ready = await this.#sealed({ ...event, envelope, body: { kind: 'chain', chain } }, key, await this.#row(log), sender);
    return { ...ready, sealed: ready.sealed && { ...ready.sealed, deviceGrants, begins: own } };
  }

  async #audience(log: Id, { generation }: ConversationKey, { device }: Sender): Promise<Audience> {
    let row = await this.#row(log);
    // The event that began this key, with whom it let in, may not be back from the server yet.
    if (rosterOf(row).generation !== generation) {
      await this.#ports.catchUp();
      row = await this.#row(log);
    }
    if (rosterOf(row).generation !== generation) throw new Failure('key.missing', { log, generation });
    const chains = await Promise.all(rosterOf(row).members.map(({ person }) => this.#chain(person, row)));
    return { log, generation, device: device.id, chains, at: row.at };
  }

  async accepted({ envelope: { log, generation }, sealed }: ReadyEvent): Promise<void> {
    if (sealed?.begins !== undefined) await this.#ports.ephemeral.begun(log, sealed.begins);
    if (sealed?.key !== undefined) await this.#ports.store.commit([{ put: keys.conversationKey(log, generation), value: sealed.key }]);
  }

  async refused(log: Id, { code }: Failure, person: Id): Promise<void> {
    if (code === 'key.behind') return await this.#ports.catchUp();
    if (code === 'event.conflict') return await this.#requireMeant(log, person);
    await transact(this.#ports.store, async (transaction) => {
      const row = await transaction.get<LogRow>(keys.log(log));
      if (row !== undefined && !row.due) transaction.put(keys.log(log), { ...row, due: true });
    });
  }

  /** The server says that a conversation is there: what it lists now is the one that was meant, or none of hers. */
  async #requireMeant(log: Id, person: Id): Promise<void> {
    await this.#ports.catchUp();
    const row = (await this.#ports.store.get(keys.log(log))) as LogRow | undefined;
    if (row === undefined) return;
    if (row.pending && row.kind !== 'group') throw taken(log);
    await requireOwnPlace(this.#ports.store, person, row);
  }

  /** Somebody who began anew was accepted: she is given the key of a conversation before anybody says something in it. */
  async welcome(log: Id, session: SessionRow): Promise<void> {
    await this.#ports.catchUp();
    await this.#inForce(log, { session, device: await this.#ports.ring.device(session) });
  }

  /** A closed conversation lets no key begin: what it takes all the same, being about what was said before, goes under the one that was in force then. */
  async #keyFor({ log, class: kind }: Envelope, sender: Sender): Promise<ConversationKey> {
    try {
      return await this.#inForce(log, sender);
    } catch (error) {
      const newest = OF_BEFORE.has(kind) && error instanceof Failure && error.code === 'conversation.closed' ? await this.#ports.ring.newest(log) : null;
      if (newest === null) throw error;
      return newest;
    }
  }

  /** The key under which something can be said now: a new one where that is due. */
  async #inForce(log: Id, sender: Sender): Promise<ConversationKey> {
    const { ring, chains, catchUp } = this.#ports;
    for (let round = 0; round < ROUNDS; round += 1) {
      const row = await this.#row(log);
      const newest = await ring.newest(log);
      requireMember(row, sender.session.person);
      // Nothing is sealed to who left or was removed, whoever she is now.
      await chains.vouched(row.members.filter(({ left }) => left === null).map(({ person }) => person));
      // Who began anew was given no key of her own conversation, and has nobody to wait for.
      const alone = row.due && newest === null && row.roster?.hash === null;
      // What was created here and is not back from the server yet says nothing to refer to.
      if (row.applied === 0 || (row.generation > (newest?.generation ?? 0) && !alone)) await catchUp();
      else if (newest !== null && !row.due && row.at - row.since < LIFE) return consistent(row) ? newest : await this.#again(log, newest);
      else await this.#renew(log, sender);
    }
    throw new Failure('key.missing', { log });
  }

  /** The server may have told of a member before it told of the event that added her. */
  async #again(log: Id, key: ConversationKey): Promise<ConversationKey> {
    await this.#ports.catchUp();
    if (!consistent(await this.#row(log))) throw new Failure('server.misbehaves', { what: 'members', log, reason: 'ghost' });
    return key;
  }

  /** Somebody may read no longer, or the key has served its time: a generation begins by itself. */
  async #renew(log: Id, sender: Sender): Promise<void> {
    const { api, catchUp, primitives } = this.#ports;
    await catchUp();
    const row = await this.#row(log);
    if (!row.due && row.at - row.since < LIFE && stillThere(row).length === rosterOf(row).members.length) return;
    const event = compose({ id: makeId(primitives.random), log, device: sender.device.id, class: 'key', body: { kind: 'roster', members: [], previous: null } });
    const { envelope, body, sealed } = await this.#begin(event, sender);
    if (sealed === null) return;
    try {
      await api.call('postEvent', { params: { log }, body: { envelope, body: sealed.body, grants: [...(sealed.grants ?? [])] } });
      await this.accepted({ envelope, body, sealed });
    } catch (error) {
      // Somebody was faster: theirs will do.
      if (!(error instanceof Failure) || error.code !== 'key.behind') throw error;
    }
    await catchUp();
  }

  /** An event that begins a generation, with the key for everybody who belongs to the conversation after it. */
  async #begin(event: ReadyEvent, sender: Sender): Promise<ReadyEvent> {
    const { primitives, catchUp } = this.#ports;
    const { log, membership, class: kind } = event.envelope;
    // Whoever is added goes by what this device knows of the conversation, and it may have been away.
    if (kind === 'members' || (kind === 'key' && (await this.#isBehind(log)))) await catchUp();
    if (kind !== 'create') requireMember(await this.#row(log), sender.session.person);
    // Only a key event leaves out whose account has ended.
    if (kind === 'members' && stillThere(await this.#row(log)).length < rosterOf(await this.#row(log)).members.length) await this.#renew(log, sender);
    const row = await this.#row(log);
    // The server may have told of a generation before the event that began it is here: what follows from the list before that is nobody's.
    if (kind !== 'create' && row.generation !== rosterOf(row).generation) throw new Failure('key.missing', { log, generation: row.generation });
    if (kind !== 'create' && !consistent(row)) throw new Failure('server.misbehaves', { what: 'members', log, reason: 'ghost' });
    const members = kind === 'create' ? created(row.kind, sender.session.person, membership) : kind === 'key' ? stillThere(row) : rosterAfter(rosterOf(row), membership ?? {});
    await this.#ports.chains.vouched(members.map(({ person }) => person));
    const generation = kind === 'create' ? 1 : row.generation + 1;
    const key = newConversationKey(primitives.random);
    const known = await Promise.all(members.map(({ person }) => this.#chain(person, row)));
    const grants = await grantConversation(primitives, log, generation, key, known);
    const ready = await this.#sealed({ ...event, body: listed(event, members, row) }, { generation, key }, row, sender);
    return { ...ready, sealed: ready.sealed && { ...ready.sealed, grants, key } };
  }

  /** Whether the key, the list and what the server says are of more than one generation. */
  async #isBehind(log: Id): Promise<boolean> {
    const { generation, roster } = await this.#row(log);
    return roster?.generation !== generation || (await this.#ports.ring.newest(log))?.generation !== generation;
  }

  async #sealed(event: ReadyEvent, { generation, key }: ConversationKey, row: LogRow, { session, device }: Sender, vanishing: EphemeralKey | null = null): Promise<ReadyEvent> {
    const envelope: Envelope = { ...event.envelope, device: device.id, generation, ...(vanishing && { ephemeral: vanishing.step }) };
    const frame = await this.#frame(envelope, row, session.person);
    const { body } = event;
    const sealed = await sealEvent(this.#ports.primitives, { key: vanishing?.key ?? key, envelope, body, frame, signingSeed: device.signing });
    return { envelope, body, sealed: { body: toBase64Url(sealed) } };
  }

  async #frame({ log, class: kind }: Envelope, row: LogRow, me: Id): Promise<EventFrame> {
    const { store, chains } = this.#ports;
    const counter = await transact(store, async (transaction) => {
      const next = ((await transaction.get<number>(keys.counter(log))) ?? 0) + 1;
      transaction.put(keys.counter(log), next);
      return next;
    });
    const saw = kind === 'create' ? null : ((await store.get(keys.event(log, row.applied))) as EventRow | undefined);
    if (saw === undefined) throw new Failure('key.missing', { log, seq: row.applied });
    const own = await chains.reaching(me, 1);
    return { counter, saw: saw && { seq: saw.seq, hash: saw.hash }, chains: { own: headOf(own), others: await this.#heads(row, me) } };
  }

  /** Of members whose chain is known further than anybody has said in this log. */
  async #heads({ id, roster, members }: LogRow, me: Id): Promise<EventFrame['chains']['others']> {
    const { store, chains } = this.#ports;
    const { heads } = ((await store.get(keys.frames(id))) as LogWatch | undefined) ?? nothingWatched;
    const others: EventFrame['chains']['others'] = [];
    for (const { person } of roster?.members ?? members) {
      const chain = person === me ? null : await chains.known(person);
      if (chain !== null && chain.entries.length - 1 > (heads[identityOf(chain)] ?? -1) && others.length < limits.chainsPerEvent) others.push({ person, ...headOf(chain) });
    }
    return others;
  }

  /** As long as the server has ever said that it is, and of the identity that it says. */
  async #chain(person: Id, { members }: LogRow): Promise<Chain> {
    const known = (await this.#ports.store.get(keys.person(person))) as Person | undefined;
    const member = members.find((one) => one.person === person);
    return await this.#ports.chains.reaching(person, Math.max(1, known?.chain ?? 0, member?.chain ?? 0), member?.identity ?? known?.identity);
  }

  async #row(log: Id): Promise<LogRow> {
    const { store, catchUp } = this.#ports;
    const read = async (): Promise<LogRow | undefined> => (await store.get(keys.log(log))) as LogRow | undefined;
    const known = await read();
    // Who has just come back to this device finds what she said before, and nothing else yet.
    if (known === undefined) await catchUp();
    const row = known ?? (await read());
    const me = row?.members[0]?.person;
    if (row === undefined || me === undefined) throw new Failure('not-found', { log });
    requireWhole(row);
    return row.kind === 'self' && row.roster === null && row.applied > 0 ? { ...row, roster: await ownRoster(log, me, row.generation) } : row;
  }
}

/** Whether an event comes with a new key: whoever may no longer read, or reads from now on, is a reason. Leaving is not: nobody who stays knows yet. */
export function beginsGeneration({ class: kind, membership }: Envelope, sender: Id): boolean {
  if (kind === 'create' || kind === 'key') return true;
  return kind === 'members' && ((membership?.add?.length ?? 0) > 0 || membership?.remove?.some((person) => person !== sender) === true);
}

/** What expires has a key of its own, which no archive ever gets. */
function vanishes({ class: kind, expiry }: Envelope): boolean {
  return kind === 'message' && expiry !== 'never';
}

/** Who left, on whichever device, has nothing to say there any more: what waits for that to change would wait for ever. */
function requireMember({ id, members }: LogRow, person: Id): void {
  if (members.some((member) => member.person === person && member.left !== null)) throw new Failure('not-found', { log: id });
}

/** With what was said of the conversation before: who comes with this event never reads that. */
function listed({ body }: ReadyEvent, members: readonly Membered[], { roster, title: named, expiry }: LogRow): Body {
  const title = (body.kind === 'roster' ? body.title : undefined) ?? named;
  return { kind: 'roster', members: [...members], previous: roster?.hash ?? null, ...(title !== null && { title }), ...(expiry !== undefined && { expiry }) };
}

function rosterOf({ id, roster }: LogRow): NonNullable<LogRow['roster']> {
  if (roster === null) throw new Failure('key.missing', { log: id });
  return roster;
}

/** Without those whose account has ended, of which only the server can tell: to leave somebody out harms nobody. */
function stillThere(row: LogRow): Membered[] {
  return without(rosterOf(row), row.members.filter(({ left }) => left !== null).map(({ person }) => person));
}

/** Whether everybody whom the server lets read was let in by a member. */
function consistent({ roster, members }: LogRow): boolean {
  return roster === null || members.every(({ person, left }) => left !== null || roster.members.some((member) => member.person === person));
}
