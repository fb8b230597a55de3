import { type Id, makeId } from '@earshot/base/ids.ts';
import type { Body } from '@earshot/protocol/bodies.ts';
import { directLogId, type EventClass, groupLogId, type Membership } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Member, Person } from '@earshot/protocol/people.ts';
import type { SessionRow } from '../account/session.ts';
import type { Conversation, ConversationChange, ConversationsFace } from '../earshot.ts';
import { expirySaid, retentionOf } from '../keeping/expiry.ts';
import { script } from '../later.ts';
import { compose } from '../outbox/compose.ts';
import { listRows, release } from '../outbox/rows.ts';
import type { SayingPorts } from '../outbox/saying.ts';
import { below, keys } from '../stores/keys.ts';
import { type Transaction, transact } from '../stores/transaction.ts';
import { CHANGES, viewChanges, viewRekeyed } from './changes.ts';
import { creationOf, unmade } from './creation.ts';
import type { Messages } from './messages.ts';
import { isBetween, taken } from './place.ts';
import { type ChangeRow, emptyLog, type EventRow, leftBy, type LogRow, type RekeyedRow } from './row.ts';
import { viewConversation } from './view.ts';

export interface ConversationPorts extends SayingPorts {
  readonly messages: Messages;
}

interface Change {
  readonly class: EventClass;
  readonly body: Body;
  readonly membership?: Membership;
}

const leaving = script(() => import('../storage/before-leaving.ts'));

/** Who belongs to it is filled in when the event is sealed: others may come and go until then. */
const unlisted = { kind: 'roster', members: [], previous: null } as const satisfies Body;

export class Conversations implements ConversationsFace {
  readonly #ports: ConversationPorts;

  constructor(ports: ConversationPorts) {
    this.#ports = ports;
  }

  /** Latest first. */
  async list(): Promise<Conversation[]> {
    const { store, session } = this.#ports;
    const self = await session.required();
    const logs = (await store.list(below('r/log'))).map(([, value]) => value as LogRow);
    const [people, unsent] = await Promise.all([this.#people(), listRows(store, self.person)]);
    const views = await Promise.all(logs.map(async (log) => viewConversation(log, self, { people, last: await this.#ports.messages.last(log, unsent), expiry: await expirySaid(store, log) })));
    return views.sort((one, other) => other.at - one.at);
  }

  async get(id: Id): Promise<Conversation | null> {
    const { store, session, messages } = this.#ports;
    const self = await session.required();
    const log = (await store.get(keys.log(id))) as LogRow | undefined;
    if (log === undefined) return null;
    return viewConversation(log, self, { people: await this.#people(), last: await messages.last(log, await listRows(store, self.person)), expiry: await expirySaid(store, log) });
  }

  async changes(id: Id, { from = 0 }: { from?: number } = {}): Promise<ConversationChange[]> {
    const { store, session } = this.#ports;
    const { person } = await session.required();
    const entries = await store.list({ from: keys.change(id, from), to: below(`r/change/${id}`).to, limit: CHANGES, reverse: true });
    const own = viewChanges(id, entries.toReversed().map(([, value]) => value as ChangeRow));
    const log = (await store.get(keys.log(id))) as LogRow | undefined;
    const begins = (await store.get(keys.event(id, Math.max(1, from)))) as EventRow | undefined;
    const rekeyed = log === undefined ? [] : viewRekeyed(log, person, (await store.list(below('r/rekeyed'))).map(([, value]) => value as RekeyedRow), begins?.at ?? 0);
    return [...own, ...rekeyed].sort((one, other) => one.time - other.time).slice(-CHANGES);
  }

  async direct(person: Id): Promise<Id> {
    const session = await this.#ports.session.required();
    const log = await directLogId(session.person, person);
    const kind = person === session.person ? 'self' : 'direct';
    const others = kind === 'self' ? [] : [person];
    await this.#create(session, { id: log, kind, others, title: null });
    const there = (await this.#ports.store.get(keys.log(log))) as LogRow | undefined;
    if (there !== undefined && !isBetween(there, session.person, person)) throw taken(log);
    return log;
  }

  async createGroup({ title, members }: { title: string; members: readonly Id[] }): Promise<Id> {
    const session = await this.#ports.session.required();
    const creation = makeId(this.#ports.random);
    const id = await groupLogId(creation);
    await this.#create(session, { id, kind: 'group', others: members.filter((member) => member !== session.person), title, creation });
    return id;
  }

  async rename(id: Id, title: string): Promise<void> {
    await this.#change(id, { class: 'signal', body: { kind: 'title', title } }, (log) => ({ ...log, title }));
  }

  async add(id: Id, people: readonly Id[]): Promise<void> {
    await this.#asOwner(id);
    await this.#change(id, { class: 'members', body: unlisted, membership: { add: [...people] } });
  }

  async remove(id: Id, person: Id): Promise<void> {
    await this.#asOwner(id);
    await this.#change(id, { class: 'members', body: unlisted, membership: { remove: [person] } });
  }

  async promote(id: Id, person: Id): Promise<void> {
    await this.#asOwner(id);
    await this.#change(id, { class: 'members', body: unlisted, membership: { promote: [person] } });
  }

  async leave(id: Id, { anyway = false }: { anyway?: boolean } = {}): Promise<void> {
    const { person } = await this.#ports.session.required();
    if (await this.#leftHere(id, person)) return;
    if (!anyway) await (await leaving()).bringLacking(this.#ports, id);
    await this.#change(id, { class: 'members', body: { kind: 'plain' }, membership: { remove: [person] } });
  }

  /** What the server refused to make is left on this device, which is the only one that knows of it. */
  async #leftHere(id: Id, person: Id): Promise<boolean> {
    const { store, bus } = this.#ports;
    const row = await unmade(store, id, person);
    if (row?.kind !== 'group') return false;
    const left = await store.commit([{ expect: keys.log(id), value: row }, { put: keys.log(id), value: leftBy(row, person) }]);
    bus.announce({ type: 'conversations' });
    return left;
  }

  async setExpiry(id: Id, seconds: number | null): Promise<void> {
    const { setExpiry } = await import('../keeping/set-expiry.ts');
    await setExpiry(this.#ports, id, seconds);
  }

  async expiryRules(): Promise<{ usual: number | null; least: number; most: number }> {
    const [usual, { least, most }] = await Promise.all([expirySaid(this.#ports.store), retentionOf(this.#ports.store)]);
    return { usual, least, most };
  }

  /** A setting in one's own log, so that all one's devices follow. */
  async mute(id: Id, muted: boolean): Promise<void> {
    const session = await this.#ports.session.required();
    const own = await this.direct(session.person);
    const event = this.#compose(session, own, { class: 'signal', body: { kind: 'setting', log: id, muted } });
    await transact(this.#ports.store, async (transaction) => {
      const log = await transaction.get<LogRow>(keys.log(id));
      if (log === undefined) throw new Failure('not-found', { conversation: id });
      transaction.put(keys.log(id), { ...log, muted });
      transaction.put(`r/muted/${id}`, muted);
      await release(transaction, session.person, event, this.#ports.clock.now());
    });
    this.#changed(own);
  }

  /** Makes it here and in the outbox in one step, unless it is there. */
  async #create(session: SessionRow, { id, kind, others, title, creation }: Pick<LogRow, 'id' | 'kind' | 'title' | 'creation'> & { readonly others: readonly Id[] }): Promise<void> {
    const { store, clock } = this.#ports;
    const role = kind === 'direct' ? 'member' : 'owner';
    const members: Member[] = [{ person: session.person, role, joined: 1, left: null, chain: 0 }, ...others.map((person): Member => ({ person, role: 'member', joined: 1, left: null, chain: 0 }))];
    const event = creationOf({ id, kind, members, title, ...(creation && { creation }) }, session, this.#ports.random);
    const made = await transact(store, async (transaction) => {
      if ((await transaction.get(keys.log(id))) !== undefined) return false;
      transaction.put(keys.log(id), { ...emptyLog, id, kind, members, title, at: clock.now(), pending: true, ...(creation && { creation }) } satisfies LogRow);
      await release(transaction, session.person, event, clock.now());
      return true;
    });
    if (made) this.#changed(id);
  }

  async #change(id: Id, change: Change, now: (log: LogRow) => LogRow = (log) => log): Promise<void> {
    const session = await this.#ports.session.required();
    const event = this.#compose(session, id, change);
    await transact(this.#ports.store, async (transaction: Transaction) => {
      const log = await transaction.get<LogRow>(keys.log(id));
      if (log === undefined) throw new Failure('not-found', { conversation: id });
      if (log.kind !== 'group') throw new Failure('not-allowed', { kind: log.kind });
      transaction.put(keys.log(id), now(log));
      await release(transaction, session.person, event, this.#ports.clock.now());
    });
    this.#changed(id);
  }

  /** What the server will refuse is refused at once, where this device knows it. */
  async #asOwner(id: Id): Promise<void> {
    const { person } = await this.#ports.session.required();
    const log = (await this.#ports.store.get(keys.log(id))) as LogRow | undefined;
    const own = log?.members.find((member) => member.person === person && member.left === null);
    if (own === undefined) throw new Failure('not-found', { conversation: id });
    if (own.role !== 'owner') throw new Failure('not-allowed', { conversation: id });
  }

  #compose(session: SessionRow, log: Id, change: Change): ReturnType<typeof compose> {
    return compose({ id: makeId(this.#ports.random), log, device: session.device, ...change });
  }

  #changed(id: Id): void {
    this.#ports.outbox.kick(id);
    this.#ports.bus.announce({ type: 'conversations' });
  }

  async #people(): Promise<ReadonlyMap<Id, Person>> {
    return new Map((await this.#ports.store.list(below('r/person'))).map(([, value]) => [(value as Person).id, value as Person]));
  }
}
