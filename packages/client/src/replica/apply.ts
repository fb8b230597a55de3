import type { Id } from '@earshot/base/ids.ts';
import type { BlobRef, LoggedEvent } from '@earshot/protocol/envelope.ts';
import type { Happening } from '../earshot.ts';
import type { OutboxRow } from '../outbox/row.ts';
import { applyWords, takeWords } from '../finding/words.ts';
import { abandon } from '../outbox/rows.ts';
import type { OpenedEvent } from '../sealer.ts';
import { below, keys } from '../stores/keys.ts';
import type { Transaction } from '../stores/transaction.ts';
import { dropBytesOf, noteNames } from './bytes-of.ts';
import { changeRow } from './changes.ts';
import { contentOf } from './content.ts';
import { judgeEvent, type JudgedEvent } from './judged.ts';
import { applyListening } from './listening.ts';
import { applyDiscarding } from './shown.ts';
import type { DraftRow, EventRow, LogRow, MessageRow, PlaceRow } from './row.ts';

/** Applies the event that follows the last one applied; anything else is the caller's to sort out. */
export async function applyEvent(transaction: Transaction, me: Id, log: LogRow, opened: OpenedEvent, happenings: Happening[]): Promise<LogRow> {
  const { event } = opened;
  const judged = await judgeEvent(transaction, me, log, opened, happenings);
  transaction.put(keys.event(log.id, event.seq), eventRow(opened, judged.body !== null));
  return await effectsOf(transaction, me, { ...judged.log, applied: event.seq, at: log.at === 0 ? event.at : log.at, pending: false }, judged, happenings);
}

/** What an event changes beside its own row; `step` is its log as it leaves it otherwise. */
export async function effectsOf(transaction: Transaction, me: Id, step: LogRow, judged: JudgedEvent, happenings: Happening[]): Promise<LogRow> {
  const { event } = judged;
  const changed = step.kind === 'group' ? changeRow(event, judged.body) : null;
  if (changed !== null) transaction.put(keys.change(step.id, event.seq), changed);
  switch (event.envelope.class) {
    case 'message':
      return await applyMessage(transaction, me, step, judged, happenings);
    case 'signal':
    case 'heard':
      return await applySignal(transaction, me, step, judged, happenings);
    case 'remove':
      // On the word of who sent it, not on the server's.
      return judged.body === null ? step : await applyRemoval(transaction, me, step, event, event.envelope.refers, happenings);
    case 'ask':
    case 'answer':
      await (await import('./asking.ts')).applyAsking(transaction, me, judged, happenings);
      return step;
    case 'keep':
    case 'restore':
      return step;
    case 'create':
    case 'members':
    case 'key': {
      happenings.push({ type: 'conversations' });
      const gone = event.envelope.membership?.remove?.includes(me) === true;
      const title = judged.body?.kind === 'roster' ? judged.body.title : undefined;
      return { ...step, ...(gone && { removedBy: event.person }), ...(title !== undefined && { title }) };
    }
  }
}

/** What was read is in the read model; only what was not is kept as it came. */
export function eventRow({ event, hash }: OpenedEvent, wasRead: boolean): EventRow {
  const { seq, at, person, envelope } = event;
  return !wasRead ? { ...event, hash } : { seq, at, person, envelope, hash };
}

async function applyMessage(transaction: Transaction, me: Id, log: LogRow, { event, body, bytes, failure }: JudgedEvent, happenings: Happening[]): Promise<LogRow> {
  const { id, blobs } = event.envelope;
  const mine = event.person === me;
  const own = mine ? await transaction.get<OutboxRow>(keys.row(id)) : undefined;
  const ownBody = own?.event?.body;
  const content = body?.kind === 'message' && body.parts.length === blobs.length ? contentOf(body) : null;
  const removed = event.removed === null ? null : { at: event.removed.at, by: event.removed.by };
  const unreadable = content === null && removed === null;
  // One's own bytes have been here from the start.
  const fromHere = own !== undefined && blobs.every(({ id: blob }) => own.parts.some((part) => part.blob === blob));
  const words = await takeWords(transaction, id);
  // Read again because something of this log was damaged: what is whole stays as it is.
  const before = event.seq <= (log.again ?? 0) ? await transaction.get<MessageRow>(keys.message(log.id, event.seq)) : undefined;
  const row = asItWas({
    id, log: log.id, seq: event.seq, at: event.at, person: event.person, content, blobs, removed,
    here: content !== null && (fromHere || bytes !== undefined),
    heard: mine, heardBy: [], ...(words !== undefined && { words }),
    failure: unreadable ? (failure ?? { code: 'event.unreadable', evidence: { version: event.envelope.version } }) : null,
    ...(own !== undefined && ownBody?.kind === 'message' && ownBody.sha256 === content?.sha256 && own.parts.length > 0 && { kept: { begun: own.begun ?? own.made, at: own.made } }),
  }, before);
  if (row.failure?.code === 'event.unreadable' && !mine) transaction.put(keys.trouble(log.id, event.seq), 'event.unreadable');
  transaction.put(keys.message(log.id, event.seq), row);
  noteNames(transaction, id, row);
  transaction.put(keys.at(id), { log: log.id, seq: event.seq } satisfies PlaceRow);
  if (own !== undefined) putAway(transaction, own, blobs);
  // Taken back before it came: with the row goes what it held on to.
  if (removed !== null) for (const { blob } of own?.parts ?? []) for (const [key] of await transaction.list(below(`b/${blob}`))) transaction.drop(key);
  if (content !== null && !row.here && before === undefined) transaction.put(keys.fetch(log.id, event.seq), id);
  if (row.here) for (const [key, value] of bytes ?? []) transaction.put(key, value);
  if (row.here && bytes !== undefined) happenings.push({ type: 'message', conversation: log.id, message: id, from: event.person });
  happenings.push({ type: 'changed', conversation: log.id, message: id });
  const counts = !row.heard && removed === null;
  return { ...log, last: event.seq, at: event.at, ...(mine && { mine: event.seq }), ...(counts && { unheard: log.unheard + 1 }) };
}

/** What this device knows of a message beyond its event; and its content, should the event not open a second time. */
function asItWas(row: MessageRow, before: MessageRow | undefined): MessageRow {
  if (before === undefined || row.removed !== null) return row;
  const { here, heard, heardBy, content, failure } = before;
  return { ...before, ...row, here, heard, heardBy, ...(content !== null && { content: row.content ?? content, failure }) };
}

async function applySignal(transaction: Transaction, me: Id, log: LogRow, { event, body }: JudgedEvent, happenings: Happening[]): Promise<LogRow> {
  if (body?.kind === 'heard') return await applyHeard(transaction, me, log, event, happenings);
  if (body?.kind === 'title') {
    happenings.push({ type: 'conversations' });
    return { ...log, title: body.title };
  }
  if (body?.kind === 'listening' && log.kind === 'self') await applyListening(transaction, event.envelope.id, body, happenings);
  if ((body?.kind === 'seek' || body?.kind === 'sought') && log.kind === 'self') await (await import('./asking.ts')).applySeeking(transaction, event, body, happenings);
  if (body?.kind === 'words' && log.kind === 'self') await applyWords(transaction, body, happenings);
  if (body?.kind === 'compared' && log.kind === 'self') {
    transaction.put(keys.compared(body.person), body.identity);
    happenings.push({ type: 'people' });
  }
  if (body?.kind === 'draft' && log.kind === 'self') {
    const { id, blobs } = event.envelope;
    transaction.put(keys.draft(id), { event: id, log: log.id, seq: event.seq, blobs, body } satisfies DraftRow);
    happenings.push({ type: 'drafts' });
  }
  if (body?.kind === 'setting' && log.kind === 'self') {
    happenings.push({ type: 'conversations' });
    if (body.log === log.id) return { ...log, muted: body.muted };
    const other = await transaction.get<LogRow>(keys.log(body.log));
    if (other !== undefined) transaction.put(keys.log(body.log), { ...other, muted: body.muted });
    transaction.put(`r/muted/${body.log}`, body.muted);
  }
  return log;
}

/** The log has it. Where another device sent an earlier state of the same take, what this one made of it since is ended on the server. */
function putAway(transaction: Transaction, own: OutboxRow, blobs: readonly BlobRef[]): void {
  const unused = own.parts.filter((part) => !blobs.some(({ id }) => id === part.blob));
  if (unused.length === 0) transaction.drop(keys.row(own.id));
  else abandon(transaction, { ...own, parts: unused }, own.id);
}

/** A message of this log by its id, as the transaction sees it. */
export async function messageIn(transaction: Transaction, log: Id, id: Id): Promise<MessageRow | undefined> {
  const place = await transaction.get<PlaceRow>(keys.at(id));
  return place?.log === log ? await transaction.get<MessageRow>(keys.message(log, place.seq)) : undefined;
}

async function applyHeard(transaction: Transaction, me: Id, log: LogRow, event: LoggedEvent, happenings: Happening[]): Promise<LogRow> {
  let { unheard } = log;
  for (const id of event.envelope.refers) {
    const message = await messageIn(transaction, log.id, id);
    if (message === undefined || message.heardBy.some(({ person }) => person === event.person)) continue;
    const heardBy = [...message.heardBy, { person: event.person, at: event.at }];
    const first = event.person === me && !message.heard;
    if (first && message.removed === null) unheard -= 1;
    transaction.put(keys.message(log.id, message.seq), { ...message, heardBy, heard: message.heard || first });
    happenings.push({ type: 'heard', conversation: log.id, message: id, person: event.person, at: event.at }, { type: 'changed', conversation: log.id, message: id });
  }
  return { ...log, unheard };
}

/** Takes the content of messages away; that they were there stays. */
export async function applyRemoval(transaction: Transaction, me: Id, log: LogRow, by: { at: number; person: Id }, messages: readonly Id[], happenings: Happening[]): Promise<LogRow> {
  let { unheard } = log;
  if (log.kind === 'self' && (await applyDiscarding(transaction, messages))) happenings.push({ type: 'drafts' });
  for (const id of messages) {
    const message = await messageIn(transaction, log.id, id);
    // Only who sent it can take it back; the server holds that, and so do we.
    if (message === undefined || message.removed !== null || message.person !== by.person) continue;
    if (!message.heard && message.person !== me) unheard -= 1;
    transaction.put(keys.message(log.id, message.seq), { ...message, content: null, here: false, removed: { at: by.at, by: by.person }, failure: null });
    transaction.drop(keys.fetch(log.id, message.seq));
    transaction.drop(keys.trouble(log.id, message.seq));
    await dropBytesOf(transaction, message);
    happenings.push({ type: 'removed', conversation: log.id, message: id, person: by.person }, { type: 'changed', conversation: log.id, message: id });
  }
  return { ...log, unheard };
}

/** Up to where everything is whole on this device: before the first message whose bytes are still missing. */
export async function deliveredUpTo(transaction: Transaction, log: LogRow): Promise<number> {
  const [first] = await transaction.list({ ...below(`r/fetch/${log.id}`), limit: 1 });
  if (first === undefined) return log.applied;
  // What is listed is not guarded: another download may end between reading and writing, and leave the log's row as it was.
  await transaction.get(first[0]);
  return Math.max(log.delivered, Number(first[0].slice(first[0].lastIndexOf('/') + 1)) - 1);
}
