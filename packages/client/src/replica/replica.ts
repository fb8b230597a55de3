import type { Id } from '@earshot/base/ids.ts';
import type { LoggedEvent } from '@earshot/protocol/envelope.ts';
import { limits } from '@earshot/protocol/limits.ts';
import type { Cursor, Trouble } from '@earshot/protocol/logs.ts';
import type { LogInfo, Member, Person } from '@earshot/protocol/people.ts';
import type { Retention } from '@earshot/protocol/retention.ts';
import { isHers } from '../account/hers.ts';
import type { SessionRow } from '../account/session.ts';
import type { Happening } from '../earshot.ts';
import type { Store } from '../store.ts';
import { sameValue } from '../stores/same-value.ts';
import { below, keys } from '../stores/keys.ts';
import { transact } from '../stores/transaction.ts';
import { script } from '../later.ts';
import type { EventOpener, OpenedEvent } from '../sealer.ts';
import { hasBytes } from './bytes-of.ts';
import { deliveredUpTo } from './delivered.ts';
import { eventRow } from './event-row.ts';
import type { AskAgain } from './late.ts';
import { contentOf } from './content.ts';
import { lostSince } from './lost.ts';
import { deliveredAt, nextCursor } from './recipients.ts';
import { type CursorRow, emptyLog, type EventRow, type LogRow, type MessageRow, type DevicesRow } from './row.ts';

const late = script(() => import('./late.ts'));
const apply = script(() => import('./apply.ts'));
const keeping = script(() => import('../keeping/write.ts'));
const leaving = script(() => import('../storage/before-leaving.ts'));

/** So far apart are the times of the server that are written down. Milliseconds. */
const TOLD_EVERY = 3_600_000;
/** So far the difference of two clocks may be off before it is written down anew. Milliseconds. */
const OFF = 10_000;

/** What became of a batch of events. */
export interface Applied {
  readonly happenings: readonly Happening[];
  /** Events are missing before these: ask the server. */
  readonly gap: boolean;
}

/** Writes what the server says into the store: events and the number that covers them move in one step. */
export class Replica {
  readonly store: Store;
  readonly #opener: EventOpener;

  constructor(store: Store, opener: EventOpener) {
    this.store = store;
    this.#opener = opener;
  }

  async logs(): Promise<LogRow[]> {
    return (await this.store.list(below('r/log'))).map(([, value]) => value as LogRow);
  }

  async log(log: Id): Promise<LogRow | undefined> {
    return (await this.store.get(keys.log(log))) as LogRow | undefined;
  }

  /** The list of conversations and their members as the server has them, asked for what comes after number `have`. `true` when something changed. */
  async takeInfo(me: Id, info: LogInfo, have = 0): Promise<boolean> {
    return await transact(this.store, async (transaction) => {
      if (!(await isHers(transaction, me))) return false;
      const known = await transaction.get<LogRow>(keys.log(info.id));
      // One reads from joining on: what was before does not exist for this device.
      const before = Math.max(0, (info.members.find(({ person }) => person === me)?.joined ?? 1) - 1);
      const muted = (await transaction.get<boolean>(`r/muted/${info.id}`)) ?? false;
      const base: LogRow = known ?? { ...emptyLog, id: info.id, kind: info.kind, members: [], applied: before, delivered: before, reported: before, muted };
      const rejoined = known !== undefined && before > known.applied ? { applied: before, delivered: await deliveredUpTo(transaction, { ...known, applied: before }), removedBy: null, roster: null, aside: undefined, expiry: undefined, expiryLogged: undefined } : {};
      const inForce = info.generation >= base.generation ? { generation: info.generation, due: info.due } : {};
      const { lost: _, ...whole } = base;
      const next: LogRow = { ...whole, ...rejoined, ...inForce, ...lostSince(me, info, have, base), kind: info.kind, members: info.members, pending: false };
      // What was said meanwhile was not for this person to judge by.
      if ('applied' in rejoined) for (const key of [keys.frames(info.id), ...(await transaction.list(below(`r/aside/${info.id}`))).map(([one]) => one)]) transaction.drop(key);
      if (known !== undefined && sameValue(known, next)) return false;
      transaction.put(keys.log(info.id), next);
      const gone = ({ person, left }: Member): boolean => left !== null && known?.members.some((one) => one.person === person && one.left === null) === true;
      if (next.members.some(gone)) await (await keeping()).judgeOwn(transaction, me, next);
      if (next.members.some((member) => member.person === me && gone(member))) await (await leaving()).fetchLacking(transaction, next.id);
      return true;
    });
  }

  /** Applies events of one log in their order: those that are there already are passed over, those after a gap are left. */
  async takeEvents(session: SessionRow, log: Id, events: readonly LoggedEvent[]): Promise<Applied> {
    return await this.takeOpened(session.person, log, await this.#opener.open(events, session));
  }

  /** What could not be opened when it came is tried again: a key or a chain may have come since. */
  async reopen(session: SessionRow, again: AskAgain): Promise<Happening[]> {
    const { reopen } = await late();
    return await reopen(this.store, this.#opener, session, again);
  }

  async takeOpened(me: Id, log: Id, opened: readonly OpenedEvent[]): Promise<Applied> {
    const { applyAll } = await apply();
    return await transact(this.store, async (transaction) => {
      // Behind what the server lost others say something else by now: it would be laid over what is here.
      const lost = (await transaction.get<LogRow>(keys.log(log)))?.lost !== undefined;
      return lost || !(await isHers(transaction, me)) ? { happenings: [], gap: false } : await applyAll(transaction, me, log, opened);
    });
  }

  /** How long things are kept at this server, and how late it is there. Rarely news: only then it is written. */
  async takeRetention(now: number, retention: Retention): Promise<void> {
    const [known, before] = await Promise.all([this.store.get(keys.retention), this.store.get(keys.time) as Promise<number | undefined>]);
    if (sameValue(known, retention) && Math.abs(now - (before ?? 0)) < TOLD_EVERY) return;
    await this.store.commit([{ put: keys.retention, value: retention }, { put: keys.time, value: now }]);
  }

  /** By how much the server's clock is before this device's: other pages count by it as well. */
  async takeAhead(ahead: number): Promise<void> {
    const known = (await this.store.get(keys.ahead)) as number | undefined;
    if (Math.abs(ahead - (known ?? 0)) > OFF) await this.store.commit([{ put: keys.ahead, value: ahead }]);
  }

  /**
   * What came back after it was removed: its event as the server has it now, if it says what it always said. Where this device has no key for it any more, what
   * `keep` says of it: the event by which somebody kept it. `false`: neither does, or it has ended meanwhile.
   */
  async takeBack(session: SessionRow, log: Id, event: LoggedEvent, keep: LoggedEvent | null): Promise<boolean> {
    const [opened, kept] = await this.#opener.open(keep === null ? [event] : [event, keep], session);
    return await transact(this.store, async (transaction) => {
      const known = await transaction.get<EventRow>(keys.event(log, event.seq));
      const row = await transaction.get<MessageRow>(keys.message(log, event.seq));
      const logged = kept === undefined ? undefined : await transaction.get<EventRow>(keys.event(log, kept.event.seq));
      const said = kept?.content?.body.kind === 'kept' && logged?.hash === kept.hash && kept.event.envelope.refers.includes(event.envelope.id) ? kept.content.body.message : undefined;
      const body = opened?.content?.body ?? said;
      if (!(await isHers(transaction, session.person))) return false;
      // Nobody has to look for it: it was for the devices that were there then.
      if (body === undefined && opened?.failure?.code === 'key.vanished') throw opened.failure;
      if (opened === undefined || row === undefined || row.removed !== null || known?.hash !== opened.hash || body?.kind !== 'message' || body.parts.length !== row.blobs.length) return false;
      transaction.put(keys.event(log, event.seq), eventRow(opened, true));
      transaction.put(keys.message(log, event.seq), { ...row, content: contentOf(body) });
      return true;
    });
  }

  /** A receipt of somebody's device. Announces each message of one's own that it covers anew. Where the server lost what is here, it is about something else. */
  async takeCursor(me: Pick<SessionRow, 'person' | 'device'>, log: Id, { person, device, delivered, at, troubles }: Cursor): Promise<Happening[]> {
    if ((await this.log(log))?.lost !== undefined) return [];
    // One's own comes back as the server's word that it was heard.
    if (device === me.device) await this.reported(log, delivered, troubles);
    if (person === me.person) return [];
    return await transact(this.store, async (transaction) => {
      // It may come before its log does.
      if (!(await isHers(transaction, me.person))) return [];
      const key = keys.cursor(log, person, device);
      const before = await transaction.get<CursorRow>(key);
      const next = nextCursor(before, { delivered, at, troubles });
      if (next === null) return [];
      transaction.put(key, next);
      const told = [...(before?.troubles ?? []), ...troubles].map(({ seq }) => seq);
      const from = Math.min((before?.delivered ?? 0) + 1, ...told);
      const covered = await transaction.list({ from: keys.message(log, from), to: keys.message(log, Math.max(next.delivered, ...told) + 1) });
      const mine = covered.map(([, value]) => value as MessageRow).filter((message) => message.person === me.person);
      return mine.flatMap(({ id, seq }): Happening[] => {
        const arrived = seq > (before?.delivered ?? 0) && deliveredAt(next, seq) !== null;
        return [...(arrived ? [{ type: 'delivered', conversation: log, message: id, person, device, at } as const] : []), { type: 'changed', conversation: log, message: id }];
      });
    });
  }

  /** What the server answered about the devices of a log's other members. `true` when that is news. */
  async takeDevices(me: Id, log: Id, devices: DevicesRow): Promise<boolean> {
    return await transact(this.store, async (transaction) => {
      if (sameValue(await transaction.get(keys.devices(log)), devices) || !(await isHers(transaction, me))) return false;
      transaction.put(keys.devices(log), devices);
      return true;
    });
  }

  /** What this device could not take of a log: the newest, as many as the server is told. */
  async troubles(log: Id): Promise<Trouble[]> {
    const found = await this.store.list({ ...below(`r/trouble/${log}`), limit: limits.troublesPerCursor, reverse: true });
    return found.map(([key, code]) => ({ seq: Number(key.slice(key.lastIndexOf('/') + 1)), code: code as Trouble['code'] }));
  }

  async takePeople(me: Id, people: readonly Person[]): Promise<boolean> {
    const known = await this.store.list(below('r/person'));
    const changed = people.filter((person) => !known.some(([, value]) => sameValue(value, person)));
    return await transact(this.store, async (transaction) => {
      if (changed.length === 0 || !(await isHers(transaction, me))) return false;
      for (const person of changed) transaction.put(keys.person(person.id), person);
      return true;
    });
  }

  /** The server knows how much of a log is whole here, and of these troubles. A full disk is over by itself once more arrives: only what lasts has to be taken back. */
  async reported(log: Id, delivered: number, troubles: Cursor['troubles']): Promise<void> {
    const lasting = troubles.some(({ code }) => code !== 'device.storage');
    await transact(this.store, async (transaction) => {
      const row = await transaction.get<LogRow>(keys.log(log));
      const admitted = await transaction.get<boolean>(keys.admitted(log));
      if (lasting && admitted === undefined) transaction.put(keys.admitted(log), true);
      if (!lasting && admitted !== undefined) transaction.drop(keys.admitted(log));
      if (row !== undefined && row.reported < delivered) transaction.put(keys.log(log), { ...row, reported: delivered });
    });
  }

  /** Changes a message, whose bytes are then no longer waited for. Returns how much of its log is delivered now; null: nothing is changed, and it goes on being asked for. */
  async settle(log: Id, seq: number, change: (message: MessageRow) => MessageRow | null, bytes: readonly [key: string, bytes: Uint8Array<ArrayBuffer>][]): Promise<number | null> {
    return await transact(this.store, async (transaction) => {
      const row = await transaction.get<LogRow>(keys.log(log));
      const message = await transaction.get<MessageRow>(keys.message(log, seq));
      if (row === undefined || message === undefined) return null;
      if (message.removed === null) {
        const next = change(message);
        if (next === null) return null;
        // Taken back and restored while its bytes came: what it says is read anew first.
        if (next.here && next.content === null) return null;
        // Found here a moment ago, its bytes may have gone with another message that held the same ones.
        if (next.here && !message.here && bytes.length === 0 && !(await hasBytes(transaction, message))) return null;
        transaction.put(keys.message(log, seq), next);
        if (next.failure === null || next.failure.code === 'key.vanished') transaction.drop(keys.trouble(log, seq));
        else transaction.put(keys.trouble(log, seq), next.failure.code);
        for (const [key, value] of bytes) transaction.put(key, value);
      }
      transaction.drop(keys.fetch(log, seq));
      const delivered = await deliveredUpTo(transaction, row);
      if (delivered !== row.delivered) transaction.put(keys.log(log), { ...row, delivered });
      return delivered;
    });
  }
}
