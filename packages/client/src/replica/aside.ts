import type { Id } from '@earshot/base/ids.ts';
import type { LoggedEvent } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { isHers } from '../account/hers.ts';
import type { SessionRow } from '../account/session.ts';
import type { Happening } from '../earshot.ts';
import { isUnheard } from '../keeping/ending.ts';
import { type LogWatch, nothingWatched } from '../keys/log-watch.ts';
import type { Turn } from '../outbox/turn.ts';
import type { EventOpener, OpenedEvent } from '../sealer.ts';
import type { Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import { type Transaction, transact } from '../stores/transaction.ts';
import { applyAll, applyMessage } from './apply.ts';
import { watched } from './judged.ts';
import { messageIn } from './message-in.ts';
import type { Applied } from './replica.ts';
import type { AsideRow, LogRow, MessageRow } from './row.ts';

/** Opened and written in one step: one durable write for many events, and yet over before anybody waits for the screen. */
const PORTION = 250;
/** So many of the newest events of a log are opened before all others: what the screen shows of a conversation. */
const NEWEST = 10;

interface Between {
  readonly turn: Turn;
  readonly signal: AbortSignal;
  readonly announce: (happenings: readonly Happening[]) => void;
}

/**
 * What comes faster than it can be opened. The events lie as they came, and the row of their log says what their outside tells: how many are there, when
 * the last was said, how many are unheard. They are opened portion by portion in the order of their log and judged as ever; the newest messages of each log
 * are shown before that, as soon as they say who said them, and are judged again in their place.
 */
export class Aside {
  readonly #store: Store;
  readonly #opener: EventOpener;
  /** Of each log the messages aside that count as unheard. */
  readonly #unheard = new Map<Id, Set<Id>>();

  constructor(store: Store, opener: EventOpener) {
    this.#store = store;
    this.#opener = opener;
  }

  /** Puts the events that follow what is here aside. */
  async put(me: Id, log: Id, events: readonly LoggedEvent[]): Promise<Applied> {
    const known = await this.#knownUnheard(me, log);
    const unheard = await transact(this.#store, async (transaction) => {
      const open = new Set(known);
      const row = await transaction.get<LogRow>(keys.log(log));
      if (row === undefined || row.lost !== undefined || !(await isHers(transaction, me))) return open;
      const aside = row.aside ?? { upTo: row.applied, last: null, at: 0, unheard: 0, key: null, shown: null };
      const next = events.filter(({ seq }) => seq > aside.upTo).filter(({ seq }, at) => seq === aside.upTo + 1 + at);
      let more = 0;
      for (let from = 0; from < next.length; from += PORTION) {
        const portion = next.slice(from, from + PORTION);
        const unheardHere = await unheardIn(transaction, me, portion, open);
        transaction.put(keys.aside(log, aside.upTo + 1 + from), { events: portion, unheard: unheardHere } satisfies AsideRow);
        more += unheardHere;
      }
      const last = next.findLast(({ envelope }) => envelope.class === 'message');
      const key = next.findLast(({ grant }) => grant !== null);
      const told = { upTo: aside.upTo + next.length, last: last?.seq ?? aside.last, at: last?.at ?? aside.at, unheard: aside.unheard + more, key: key?.seq ?? aside.key };
      if (next.length > 0) transaction.put(keys.log(log), { ...row, aside: { ...aside, ...told } });
      return open;
    });
    this.#unheard.set(log, unheard);
    return { happenings: [{ type: 'conversations' }], gap: false };
  }

  /** Opens the newest messages of each log that lie aside, at most `count`. What does not say who said it waits until it is judged in its place. */
  async openNewest(session: SessionRow, count = NEWEST): Promise<Happening[]> {
    const happenings: Happening[] = [];
    for (const { id, aside } of await this.#logs()) {
      const rows = await this.#store.list({ ...below(`r/aside/${id}`), limit: 2, reverse: true });
      const newest = rows.toReversed().flatMap(([, value]) => (value as AsideRow).events).slice(-NEWEST);
      // What expires is judged by all that was said of it.
      const messages = newest.filter(({ envelope, removed }) => envelope.class === 'message' && envelope.expiry === 'never' && removed === null).slice(-count);
      const missing = await Promise.all(messages.map(async ({ seq }) => (await this.#store.get(keys.message(id, seq))) === undefined));
      const key = await this.#event(id, aside?.key ?? null);
      const opened = await this.#opener.open([...key, ...messages.filter((_, at) => missing[at])], session);
      const ahead = opened.slice(key.length);
      if (ahead.length > 0) happenings.push(...(await transact(this.#store, (transaction) => showAhead(transaction, session.person, id, ahead))));
    }
    return happenings;
  }

  /** One that lies aside. */
  async #event(log: Id, seq: number | null): Promise<LoggedEvent[]> {
    if (seq === null) return [];
    const [portion] = await this.#store.list({ from: keys.aside(log, 0), to: keys.aside(log, seq + 1), limit: 1, reverse: true });
    return ((portion?.[1] as AsideRow | undefined)?.events ?? []).filter((event) => event.seq === seq);
  }

  /** Opens all of it, each portion in a turn of its own, so that what is said now comes in between. Answers whose logs it was. */
  async openAll(session: SessionRow, { turn, signal, announce }: Between): Promise<ReadonlySet<Id>> {
    const logs = new Set<Id>();
    while (!signal.aborted) {
      const opened = await turn.take(() => this.#openPortion(session));
      if (opened === null) break;
      logs.add(opened.log);
      announce(opened.happenings);
    }
    return logs;
  }

  /** The next portion, where something was said last; null when nothing lies aside. */
  async #openPortion(session: SessionRow): Promise<{ readonly log: Id; readonly happenings: readonly Happening[] } | null> {
    const [row] = (await this.#logs()).sort((one, other) => (other.aside?.at ?? 0) - (one.aside?.at ?? 0));
    if (row === undefined) return null;
    const log = row.id;
    const [entry] = await this.#store.list({ ...below(`r/aside/${log}`), limit: 1 });
    const portion = (entry?.[1] as AsideRow | undefined) ?? { events: [], unheard: 0 };
    const opened = await this.#opener.open(portion.events, session);
    const happenings = await transact(this.#store, (transaction) => place(transaction, session.person, log, portion, opened));
    if (((await this.#store.get(keys.log(log))) as LogRow | undefined)?.aside === undefined) this.#unheard.delete(log);
    return { log, happenings };
  }

  async #logs(): Promise<LogRow[]> {
    return (await this.#store.list(below('r/log'))).map(([, value]) => value as LogRow).filter(({ aside }) => aside !== undefined);
  }

  /** Another run of this device may have put some there. */
  async #knownUnheard(me: Id, log: Id): Promise<ReadonlySet<Id>> {
    const known = this.#unheard.get(log);
    if (known !== undefined) return known;
    return await transact(this.#store, async (transaction) => {
      const open = new Set<Id>();
      for (const [, value] of await transaction.list(below(`r/aside/${log}`))) await unheardIn(transaction, me, (value as AsideRow).events, open);
      return open;
    });
  }
}

/** By how much these events change what is unheard, as far as their outside tells: others said something, this person heard something. */
async function unheardIn(transaction: Transaction, me: Id, events: readonly LoggedEvent[], open: Set<Id>): Promise<number> {
  let more = 0;
  for (const { person, envelope, removed } of events) {
    const { id, log, class: kind, refers } = envelope;
    if (kind === 'message' && person !== me && removed === null) {
      open.add(id);
      more += 1;
    }
    if ((kind !== 'signal' && kind !== 'heard') || person !== me) continue;
    for (const heard of refers) {
      const here = await messageIn(transaction, log, heard);
      if (here === undefined ? open.has(heard) : isUnheard(here, me)) more -= 1;
      open.delete(heard);
    }
  }
  return more;
}

/** Messages that say who said them, where they will be; the row of their log counts them once they are in their place. */
async function showAhead(transaction: Transaction, me: Id, log: Id, opened: readonly OpenedEvent[]): Promise<Happening[]> {
  const happenings: Happening[] = [];
  const row = await transaction.get<LogRow>(keys.log(log));
  const watch = (await transaction.get<LogWatch>(keys.frames(log))) ?? nothingWatched;
  let from = row?.aside?.shown ?? Infinity;
  for (const { event, content } of opened) {
    const key = keys.message(log, event.seq);
    if (row === undefined || event.seq <= row.applied || content === null || (await transaction.get(key)) !== undefined) continue;
    if (!(await isSaid(transaction, watch, event, content))) continue;
    const after = await applyMessage(transaction, me, row, { event, body: content.body, failure: null, watch: null, log: row }, happenings);
    const shown = await transaction.get<MessageRow>(key);
    if (shown !== undefined) transaction.put(key, { ...shown, ahead: after.unheard - row.unheard });
    from = Math.min(from, event.seq);
  }
  if (row?.aside !== undefined && from !== Infinity) transaction.put(keys.log(log), { ...row, aside: { ...row.aside, shown: from } });
  return happenings;
}

/** As far as can be judged by what its log said before this device was away: which generation began since is not known yet. */
async function isSaid(transaction: Transaction, watch: LogWatch, event: LoggedEvent, content: NonNullable<OpenedEvent['content']>): Promise<boolean> {
  try {
    await watched(transaction, { ...watch, generation: 0 }, event, content);
    return true;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

/** The events of one portion come into their places, and do not lie aside any more. The row of their log guards them. */
async function place(transaction: Transaction, me: Id, log: Id, { events, unheard }: AsideRow, opened: readonly OpenedEvent[]): Promise<readonly Happening[]> {
  const before = await transaction.get<LogRow>(keys.log(log));
  const [key, last] = [keys.aside(log, events[0]?.seq ?? 0), events.at(-1)?.seq ?? Infinity];
  if (before?.aside === undefined) return [];
  // Another process may have been faster; or the same event came once more over the connection.
  if (before.applied >= last && (await transaction.get(key)) === undefined) return [];
  const { happenings, gap } = await applyAll(transaction, me, log, opened);
  const row = await transaction.get<LogRow>(keys.log(log));
  if (row === undefined) return happenings;
  const { aside: _, ...rest } = row;
  // What does not follow what is here is asked for again.
  const over = gap || last >= before.aside.upTo;
  if (gap) for (const [other] of await transaction.list(below(`r/aside/${log}`))) transaction.drop(other);
  else transaction.drop(key);
  transaction.put(keys.log(log), over ? rest : { ...rest, aside: { ...before.aside, unheard: before.aside.unheard - unheard } });
  return happenings;
}
