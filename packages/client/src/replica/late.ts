import type { Id } from '@earshot/base/ids.ts';
import { beginsGeneration, type LoggedEvent } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { SessionRow } from '../account/session.ts';
import type { Happening } from '../earshot.ts';
import { type LogWatch, mergedWatch } from '../keys/log-watch.ts';
import { writeMessage } from '../keeping/write.ts';
import type { EventOpener, OpenedEvent } from '../sealer.ts';
import type { Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import { type Transaction, transact } from '../stores/transaction.ts';
import { effectsOf } from './apply.ts';
import { deliveredUpTo } from './delivered.ts';
import { eventRow } from './event-row.ts';
import { judgeEvent } from './judged.ts';
import type { EventRow, LogRow, MessageRow } from './row.ts';

/** Tried at once: what cannot be opened is rare, and never much. The next look begins behind them. */
const TRIED = 500;
/** Keys that are asked for once more at a time: a server withholds few, or it is best left alone. */
const ASKED = 20;
/** Until a key is asked for again, twice as long each time. Milliseconds. */
const ASKED_AGAIN = { first: 250, longest: 86_400_000 };

/** How often the key of an event was asked for once more, and when last. Milliseconds since 1970. */
type WithheldRow = { readonly times: number; readonly at: number };

/** `ask`: an event as the server has it now; null when it has none there. `now`: milliseconds since 1970. */
export interface AskAgain {
  readonly now: number;
  readonly ask: (log: Id, seq: number) => Promise<LoggedEvent | null>;
}

/**
 * Opens what could not be opened when it came, because its key or somebody's chain came later. It is judged by what its log had said when it came (and
 * by what was opened of that time since), and takes its place as if it had been opened then.
 */
export async function reopen(store: Store, opener: EventOpener, session: SessionRow, again: AskAgain): Promise<Happening[]> {
  const happenings: Happening[] = [];
  const events = await withKeys(store, await nextTried(store), again);
  for (const [log, ofLog] of Map.groupBy(events, ({ envelope }) => envelope.log)) {
    for (const opened of await opener.open(ofLog, session)) {
      if (opened.content !== null) happenings.push(...(await transact(store, (transaction) => place(transaction, session.person, log, opened))));
      if (opened.failure?.code === 'key.vanished') happenings.push(...(await transact(store, (transaction) => giveUp(transaction, session.person, log, opened))));
    }
  }
  return happenings;
}

/** In the order of their logs. */
async function nextTried(store: Store): Promise<LoggedEvent[]> {
  const all = below('r/late');
  const from = ((await store.get(keys.lateNext)) as string | undefined) ?? all.from;
  const behind = await store.list({ from, to: all.to, limit: TRIED });
  const before = from === all.from || behind.length === TRIED ? [] : await store.list({ from: all.from, to: from, limit: TRIED - behind.length });
  const [last] = before.at(-1) ?? behind.at(-1) ?? [all.from];
  if (behind.length + before.length === TRIED) await store.commit([{ put: keys.lateNext, value: `${last}/` }]);
  const events: LoggedEvent[] = [];
  for (const [key] of [...before, ...behind]) {
    const [, , log = '', seq = ''] = key.split('/');
    const event = (await store.get(keys.event(log, Number(seq)))) as EventRow | undefined;
    if (event !== undefined && isWhole(event)) events.push(event);
  }
  return events;
}

/** Where an event came without the key that it brought, the server may have withheld it, or not have had it yet. Those that were not asked for longest go first. */
async function withKeys(store: Store, events: readonly LoggedEvent[], { now, ask }: AskAgain): Promise<LoggedEvent[]> {
  const lacking = events.filter(({ envelope, grant, person }) => grant === null && beginsGeneration(envelope, person));
  const asked = await Promise.all(lacking.map(async (event) => ({ event, row: ((await store.get(keys.withheld(event.envelope.log, event.seq))) as WithheldRow | undefined) ?? { times: 0, at: 0 } })));
  const due = asked.filter(({ row }) => isDue(row, now)).sort((one, other) => one.row.at - other.row.at).slice(0, ASKED);
  if (due.length === 0) return [...events];
  await store.commit(due.map(({ event, row }) => ({ put: keys.withheld(event.envelope.log, event.seq), value: { times: row.times + 1, at: now } satisfies WithheldRow })));
  const given = new Map(await Promise.all(due.map(async ({ event }) => [event, await withKey(event, ask)] as const)));
  return events.map((event) => given.get(event) ?? event);
}

/** A clock that was set back makes nobody wait. */
function isDue({ times, at }: WithheldRow, now: number): boolean {
  return times === 0 || now < at || now - at >= Math.min(ASKED_AGAIN.longest, ASKED_AGAIN.first * 2 ** (times - 1));
}

/** What the server does not answer leaves it as it is: it may not know the conversation any more, and nothing else waits for that. */
async function withKey(event: LoggedEvent, ask: AskAgain['ask']): Promise<LoggedEvent> {
  try {
    const now = await ask(event.envelope.log, event.seq);
    return now?.envelope.id === event.envelope.id ? { ...event, grant: now.grant } : event;
  } catch (error) {
    if (error instanceof Failure) return event;
    throw error;
  }
}

async function place(transaction: Transaction, me: Id, id: Id, opened: OpenedEvent): Promise<Happening[]> {
  const { event } = opened;
  const key = keys.late(id, event.seq);
  const [log, watch] = [await transaction.get<LogRow>(keys.log(id)), await transaction.get<LogWatch>(key)];
  if (log === undefined || watch === undefined) return [];
  const message = await transaction.get<MessageRow>(keys.message(id, event.seq));
  if (message !== undefined && message.removed !== null) {
    dropLate(transaction, event);
    return [];
  }
  const happenings: Happening[] = [];
  const judged = await judgeEvent(transaction, me, log, opened, [], watch);
  if (judged.body === null || judged.watch === null) return [];
  dropLate(transaction, event);
  transaction.drop(keys.trouble(id, event.seq));
  transaction.put(keys.event(id, event.seq), eventRow(opened, true));
  await tellLater(transaction, event, judged.watch);
  const after = (await isOvertaken(transaction, event)) ? judged.log : await effectsOf(transaction, me, judged.log, judged, happenings);
  const placed = await transaction.get<MessageRow>(keys.message(id, event.seq));
  // It was heard, counted and listed already, unread.
  if (placed !== undefined && message !== undefined) await writeMessage(transaction, me, after, placed, { ...placed, heard: message.heard, heardBy: message.heardBy, ...(message.keep && { keep: message.keep }), ...(message.asked && { asked: message.asked }), ...(message.hidden && { hidden: message.hidden }), ...(message.words !== undefined && { words: message.words }), ...(message.restored && { restored: true }) });
  const unheard = event.envelope.class === 'message' ? log.unheard : after.unheard;
  const next: LogRow = { ...after, last: log.last, at: log.at, mine: Math.max(log.mine, after.mine), unheard };
  transaction.put(keys.log(id), { ...next, delivered: await deliveredUpTo(transaction, next) });
  return happenings;
}

/** Its chain came, and has nothing for this device: nobody waits for it. */
async function giveUp(transaction: Transaction, me: Id, id: Id, { event, failure }: OpenedEvent): Promise<Happening[]> {
  const [log, row] = [await transaction.get<LogRow>(keys.log(id)), await transaction.get<MessageRow>(keys.message(id, event.seq))];
  dropLate(transaction, event);
  transaction.drop(keys.trouble(id, event.seq));
  if (log === undefined || failure === null || row === undefined || row.removed !== null || row.content !== null) return [];
  const next = await writeMessage(transaction, me, log, row, { ...row, failure: { code: failure.code, evidence: failure.evidence } });
  transaction.put(keys.log(id), { ...next, delivered: await deliveredUpTo(transaction, next) });
  return [{ type: 'changed', conversation: id, message: row.id }];
}

function dropLate(transaction: Transaction, { envelope: { log }, seq }: LoggedEvent): void {
  transaction.drop(keys.late(log, seq));
  transaction.drop(keys.withheld(log, seq));
}

/** Whether its sender took the same message back, or restored it, after that: the last word counts. */
async function isOvertaken(transaction: Transaction, { envelope: { class: kind, log, refers }, seq, person }: LoggedEvent): Promise<boolean> {
  if (kind !== 'remove' && kind !== 'restore') return false;
  for (const [, value] of await transaction.list({ from: keys.event(log, seq + 1), to: below(`r/event/${log}`).to })) {
    const { envelope: later, person: by, seq: at } = value as EventRow;
    const same = by === person && (later.class === 'remove' || later.class === 'restore') && later.refers.some((id) => refers.includes(id));
    if (same && (await transaction.get(keys.late(log, at))) === undefined) return true;
  }
  return false;
}

function isWhole(row: EventRow): row is EventRow & LoggedEvent {
  return row.body !== undefined && row.removed !== undefined && row.grant !== undefined;
}

/** What came after it is judged by what it said as well. */
async function tellLater(transaction: Transaction, { envelope, seq }: LoggedEvent, said: LogWatch): Promise<void> {
  for (const [key, value] of await transaction.list({ from: keys.late(envelope.log, seq + 1), to: below(`r/late/${envelope.log}`).to })) {
    transaction.put(key, mergedWatch(value as LogWatch, said));
  }
  const watch = await transaction.get<LogWatch>(keys.frames(envelope.log));
  transaction.put(keys.frames(envelope.log), watch === undefined ? said : mergedWatch(watch, said));
}
