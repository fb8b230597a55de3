import type { Id } from '@earshot/base/ids.ts';
import { beginsGeneration, type LoggedEvent } from '@earshot/protocol/envelope.ts';
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

/** Tried at once: what cannot be opened is rare, and never much. */
const TRIED = 500;
/** Keys that are asked for once more at a time: a server withholds few, or it is best left alone. */
const ASKED = 20;

/** An event as the server has it now; null when it has none there. */
export type AskAgain = (log: Id, seq: number) => Promise<LoggedEvent | null>;

/**
 * Opens what could not be opened when it came, because its key or somebody's chain came later. It is judged by what its log had said when it came (and
 * by what was opened of that time since), and takes its place as if it had been opened then.
 */
export async function reopen(store: Store, opener: EventOpener, session: SessionRow, ask: AskAgain): Promise<Happening[]> {
  const happenings: Happening[] = [];
  const byLog = new Map<Id, LoggedEvent[]>();
  for (const [key] of await store.list({ ...below('r/late'), limit: TRIED })) {
    const [, , log = '', seq = ''] = key.split('/');
    const event = (await store.get(keys.event(log, Number(seq)))) as EventRow | undefined;
    if (event !== undefined && isWhole(event)) byLog.set(log, [...(byLog.get(log) ?? []), event]);
  }
  const given = keysGiven(ask);
  for (const [log, events] of byLog) {
    for (const opened of await opener.open(await given(events), session)) {
      if (opened.content !== null) happenings.push(...(await transact(store, (transaction) => place(transaction, session.person, log, opened))));
    }
  }
  return happenings;
}

/** Where an event came without the key that it brought, the server may have withheld it, or not have had it yet. */
function keysGiven(ask: AskAgain): (events: readonly LoggedEvent[]) => Promise<LoggedEvent[]> {
  let left = ASKED;
  return (events) => Promise.all(events.map(async (event) => {
    const { envelope, grant, person, seq } = event;
    if (grant !== null || !beginsGeneration(envelope, person) || (left -= 1) < 0) return event;
    const now = await ask(envelope.log, seq);
    return now?.envelope.id === envelope.id ? { ...event, grant: now.grant } : event;
  }));
}

async function place(transaction: Transaction, me: Id, id: Id, opened: OpenedEvent): Promise<Happening[]> {
  const { event } = opened;
  const key = keys.late(id, event.seq);
  const [log, watch] = [await transaction.get<LogRow>(keys.log(id)), await transaction.get<LogWatch>(key)];
  if (log === undefined || watch === undefined) return [];
  const message = await transaction.get<MessageRow>(keys.message(id, event.seq));
  if (message !== undefined && message.removed !== null) {
    transaction.drop(key);
    return [];
  }
  const happenings: Happening[] = [];
  const judged = await judgeEvent(transaction, me, log, opened, [], watch);
  if (judged.body === null || judged.watch === null) return [];
  transaction.drop(key);
  transaction.drop(keys.trouble(id, event.seq));
  transaction.put(keys.event(id, event.seq), eventRow(opened, true));
  await tellLater(transaction, event, judged.watch);
  const after = (await isOvertaken(transaction, event)) ? judged.log : await effectsOf(transaction, me, judged.log, judged, happenings);
  const placed = await transaction.get<MessageRow>(keys.message(id, event.seq));
  // It was heard, counted and listed already, unread.
  if (placed !== undefined && message !== undefined) await writeMessage(transaction, me, after, placed, { ...placed, heard: message.heard, heardBy: message.heardBy, ...(message.keep && { keep: message.keep }), ...(message.hidden && { hidden: message.hidden }) });
  const unheard = event.envelope.class === 'message' ? log.unheard : after.unheard;
  const next: LogRow = { ...after, last: log.last, at: log.at, mine: Math.max(log.mine, after.mine), unheard };
  transaction.put(keys.log(id), { ...next, delivered: await deliveredUpTo(transaction, next) });
  return happenings;
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
