import type { Id } from '@earshot/base/ids.ts';
import type { HiddenBody, MessageBody } from '@earshot/protocol/bodies.ts';
import type { LoggedEvent } from '@earshot/protocol/envelope.ts';
import type { FailureCode } from '@earshot/protocol/failures.ts';
import { limits } from '@earshot/protocol/limits.ts';
import type { Happening } from '../earshot.ts';
import { contentOf } from '../replica/content.ts';
import { messageAt, messageIn } from '../replica/message-in.ts';
import type { LogRow, MessageRow } from '../replica/row.ts';
import { keys } from '../stores/keys.ts';
import type { Transaction } from '../stores/transaction.ts';
import { expiresAt, expiresFor } from './ending.ts';
import { comesBack, endMessage, takeAway, writeMessage } from './write.ts';

/** An event about messages: who did it, when, by the server's clock. `pending`: on this device, when it believes; the server has not heard of it. */
interface About extends Pick<LoggedEvent, 'at' | 'person'> {
  readonly pending?: true;
  readonly envelope: { readonly refers: readonly Id[] };
  /** Its number in the log. */
  readonly seq?: number;
  /** Of one message that is kept: what it said. */
  readonly kept?: MessageBody;
}

/**
 * Somebody keeps messages that would have expired. What has ended by then stays ended, also where this device believed otherwise; what this device
 * ended by itself after that, because it was away and had not heard of it, comes back.
 */
export async function applyKeep(transaction: Transaction, me: Id, log: LogRow, { at, person, seq, pending, envelope, kept }: About, happenings: Happening[]): Promise<LogRow> {
  let next = log;
  for (const id of envelope.refers) {
    const row = await messageIn(transaction, log.id, id);
    if (row?.expiry === undefined || (row.keep !== undefined && row.keep.pending === undefined) || (row.expiry === 0 && row.person !== person)) continue;
    const { keep: believed, ...unkept } = row;
    const ends = expiresAt(unkept, log, me);
    const over = ends !== null && ends <= at;
    const tooSoon = row.removed?.rule === 'expired' && row.removed.at === ends && !over;
    // What rests may come back, and is kept then; and what this person let go did not expire.
    const late = over || (!tooSoon && row.removed !== null && !['removed', 'let-go'].includes(row.removed.rule ?? 'removed'));
    if (late && believed === undefined) continue;
    const back = tooSoon ? { removed: null } : {};
    // Whoever had no key for it, or has it no more, reads it now.
    const given = row.content === null && (tooSoon || row.removed === null) && kept?.parts.length === row.blobs.length ? { content: contentOf(kept), failure: null } : {};
    next = await writeMessage(transaction, me, next, row, late ? unkept : { ...unkept, ...back, ...given, keep: { by: person, at, ...(seq !== undefined && { seq }), ...(pending && { pending }) } });
    if (!late && (tooSoon || 'content' in given)) transaction.put(keys.fetch(log.id, row.seq), id);
    happenings.push({ type: 'changed', conversation: log.id, message: id });
  }
  return next;
}

/**
 * Somebody asks for the sound of messages: what has not ended for her by then waits for the answers, as at the server. What this device ended by itself
 * before it heard of that comes back.
 */
export async function applyWaiting(transaction: Transaction, me: Id, log: LogRow, { at, person, envelope }: About, happenings: Happening[]): Promise<LogRow> {
  let next = log;
  for (const id of envelope.refers) {
    const row = await messageIn(transaction, log.id, id);
    const ends = row === undefined ? null : expiresFor(row, person);
    if (row === undefined || ends === null || ends <= at) continue;
    const others = (row.asked ?? []).filter((one) => one.person !== person);
    const waiting = { ...row, asked: [...others, { person, until: Math.max(ends, at + limits.askLife) }] };
    const tooSoon = row.removed?.rule === 'expired' && row.removed.at === expiresAt(row, log, me) && row.removed.at !== expiresAt(waiting, log, me);
    next = await writeMessage(transaction, me, next, row, tooSoon ? { ...waiting, removed: null } : waiting);
    if (tooSoon) transaction.put(keys.fetch(log.id, row.seq), id);
    happenings.push({ type: 'changed', conversation: log.id, message: id });
  }
  return next;
}

/** Their sender brings messages back. Where their content is gone from here it is asked for anew. */
export async function applyRestore(transaction: Transaction, me: Id, log: LogRow, { person, pending, envelope }: About, happenings: Happening[]): Promise<LogRow> {
  let next = log;
  for (const id of envelope.refers) {
    const row = await messageIn(transaction, log.id, id);
    if (row === undefined || row.person !== person) continue;
    const { over: _, back: waiting, ...rest } = row;
    if (row.removed === null && waiting !== undefined && pending === undefined) {
      next = await writeMessage(transaction, me, next, row, row.here ? rest : { ...rest, failure: null });
      if (!row.here) transaction.put(keys.fetch(log.id, row.seq), id);
    }
    if (row.removed === null || (row.removed.rule ?? 'removed') !== 'removed') continue;
    next = await writeMessage(transaction, me, next, row, { ...rest, removed: null, ...(pending && { back: row.removed }) });
    if (!row.here) transaction.put(keys.fetch(log.id, row.seq), id);
    happenings.push({ type: 'changed', conversation: log.id, message: id });
  }
  return next;
}

/**
 * The server would not bring it back, and so knows that it was taken back: the notice takes its place again. Only where its time was over does it go from
 * here; for any other reason it rests on as it did.
 */
export async function refuseRestore(transaction: Transaction, me: Id, message: Id, happenings: Happening[], code: FailureCode): Promise<void> {
  const row = await messageAt(transaction, message);
  const log = row && (await transaction.get<LogRow>(keys.log(row.log)));
  if (row?.back === undefined || row.removed !== null || log === undefined) return;
  const { back, ...rest } = row;
  const ended = code === 'message.rested' ? ({ ...(await takeAway(transaction, row)), over: true } as const) : {};
  transaction.drop(keys.fetch(log.id, row.seq));
  const next = await writeMessage(transaction, me, log, row, { ...rest, ...ended, removed: { ...back, ...(back.pending && { stands: true }) } });
  if (next !== log) transaction.put(keys.log(log.id), next);
  happenings.push({ type: 'removed', conversation: log.id, message, person: back.by, rule: 'removed' }, { type: 'changed', conversation: log.id, message });
}

/**
 * The server would not have it taken back, mostly because it does not know this person as a member any more: it is with the others as it was, and so it is
 * here. What she has let go for good in the meantime stays gone.
 */
export async function refuseRemoval(transaction: Transaction, me: Id, message: Id, happenings: Happening[]): Promise<void> {
  const row = await messageAt(transaction, message);
  const log = row && (await transaction.get<LogRow>(keys.log(row.log)));
  if (row === undefined || log === undefined) return;
  const { removed, back, ...rest } = row;
  if (removed?.pending !== true || removed.rule !== 'removed') {
    // She had brought it back as well: then nothing has happened.
    if (back?.pending) transaction.put(keys.message(log.id, row.seq), { ...rest, removed });
    return;
  }
  const { pending: _, ...notice } = removed;
  const next = await writeMessage(transaction, me, log, row, { ...rest, removed: removed.stands ? notice : row.over ? { ...notice, rule: 'let-go' } : null });
  if (!row.here && !row.over) transaction.put(keys.fetch(log.id, row.seq), message);
  if (next !== log) transaction.put(keys.log(log.id), next);
  happenings.push({ type: 'changed', conversation: log.id, message });
}

/** The server does not know this person as a member any more, and has not heard that she keeps it: its clock goes on here as it does for the others. */
export async function refuseKeep(transaction: Transaction, me: Id, message: Id, happenings: Happening[]): Promise<void> {
  const row = await messageAt(transaction, message);
  const log = row && (await transaction.get<LogRow>(keys.log(row.log)));
  if (row?.keep?.pending === undefined || log === undefined) return;
  const { keep: _, ...unkept } = row;
  const next = await writeMessage(transaction, me, log, row, unkept);
  if (next !== log) transaction.put(keys.log(log.id), next);
  happenings.push({ type: 'changed', conversation: log.id, message });
}

/** What this person said about a message before it came: her own log may be ahead of the conversation's. */
export type HiddenAhead = { readonly at: number; readonly forGood: boolean };

/** This person deleted a message for herself, or brought it back. `own`: her own log, as far as the transaction has come with it. */
export async function applyHidden(transaction: Transaction, me: Id, own: LogRow, said: HiddenBody & { readonly at: number; readonly pending?: true }, happenings: Happening[]): Promise<LogRow> {
  const row = await messageAt(transaction, said.message);
  if (row === undefined) {
    if (said.hidden) transaction.put(keys.hiddenAhead(said.message), { at: said.at, forGood: said.forGood === true } satisfies HiddenAhead);
    else transaction.drop(keys.hiddenAhead(said.message));
    return own;
  }
  const log = row.log === own.id ? own : await transaction.get<LogRow>(keys.log(row.log));
  if (log === undefined) return own;
  const { hidden: _, ...shown } = row;
  const since = { at: said.at, ...(said.pending && { pending: said.pending }) };
  let next: LogRow;
  if (said.forGood === true) {
    transaction.put(keys.letting(row.log, row.id), true);
    if (row.removed === null) next = await endMessage(transaction, me, log, row, { ...since, by: me, rule: 'let-go' }, happenings);
    else if (row.removed.rule === 'let-go') next = row.removed.pending ? await writeMessage(transaction, me, log, row, { ...row, removed: { ...since, by: me, rule: 'let-go' } }) : log;
    // Neither what somebody else took back nor what this device ended too soon comes back for this person.
    else if (row.removed.rule === 'expired' || (row.removed.rule === 'removed' && row.person !== me)) next = await writeMessage(transaction, me, log, row, { ...row, ...(await takeAway(transaction, row)), removed: { ...since, by: me, rule: 'let-go' } });
    else next = await writeMessage(transaction, me, log, row, { ...row, ...(await takeAway(transaction, row)), over: true });
  } else if (!said.hidden && row.removed?.rested === true && said.at < row.removed.at) next = await letGoTooSoon(transaction, me, log, shown);
  else if (row.removed !== null && !comesBack(row.removed)) return own;
  else next = await writeMessage(transaction, me, log, row, said.hidden ? { ...row, hidden: since } : shown);
  happenings.push({ type: 'changed', conversation: row.log, message: row.id });
  if (log === own) return next;
  if (next !== log) transaction.put(keys.log(log.id), next);
  return own;
}

/** She had brought it back before its rest was over, which this device had not heard: it is there again. */
async function letGoTooSoon(transaction: Transaction, me: Id, log: LogRow, row: MessageRow): Promise<LogRow> {
  transaction.drop(keys.letting(log.id, row.id));
  transaction.put(keys.fetch(log.id, row.seq), row.id);
  return await writeMessage(transaction, me, log, row, { ...row, removed: null });
}

/** Takes note of what was said of a message before it came. */
export async function takeHidden(transaction: Transaction, me: Id, log: LogRow, message: Id, happenings: Happening[]): Promise<LogRow> {
  const ahead = await transaction.get<HiddenAhead>(keys.hiddenAhead(message));
  if (ahead === undefined) return log;
  transaction.drop(keys.hiddenAhead(message));
  const said = { kind: 'hidden', log: log.id, message, hidden: true, at: ahead.at, ...(ahead.forGood && { forGood: true as const }) } as const;
  return await applyHidden(transaction, me, log, said, happenings);
}
