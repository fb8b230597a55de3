import type { Id } from '@earshot/base/ids.ts';
import type { BlobRef, LoggedEvent } from '@earshot/protocol/envelope.ts';
import type { Happening } from '../earshot.ts';
import type { OutboxRow } from '../outbox/row.ts';
import { applyWords, takeWords } from '../finding/words.ts';
import { abandon } from '../outbox/rows.ts';
import { applyHidden, applyKeep, applyRestore, applyWaiting, takeHidden } from '../keeping/apply.ts';
import { noteIdentity } from '../keys/former-chains.ts';
import { endMessage, judgeOwn, writeMessage } from '../keeping/write.ts';
import type { OpenedEvent } from '../sealer.ts';
import { below, keys } from '../stores/keys.ts';
import type { Transaction } from '../stores/transaction.ts';
import { applyAsking, applySeeking } from './asking.ts';
import { dropBytesOf, noteNames } from './bytes-of.ts';
import { eventRow } from './event-row.ts';
import { changeRow } from './changes.ts';
import { contentOf } from './content.ts';
import { deliveredUpTo } from './delivered.ts';
import { messageAt, messageIn } from './message-in.ts';
import { judgeEvent, type JudgedEvent } from './judged.ts';
import { applyListening } from './listening.ts';
import { applyBroughtBack, applyDiscarding } from './shown.ts';
import type { Applied } from './replica.ts';
import type { DraftRow, LogRow, MessageRow, PlaceRow } from './row.ts';

/** Applies events of one log in their order: those that are there already are passed over, those after a gap are left. */
export async function applyAll(transaction: Transaction, me: Id, log: Id, opened: readonly OpenedEvent[]): Promise<Applied> {
  const happenings: Happening[] = [];
  const known = await transaction.get<LogRow>(keys.log(log));
  if (known === undefined) return { happenings, gap: true };
  let row = known;
  let gap = false;
  for (const one of opened) {
    const { event } = one;
    if (event.seq === row.applied + 1) row = await applyEvent(transaction, me, row, one, happenings);
    else if (event.seq > row.applied) gap = true;
    else if (event.removed !== null) row = await applyNotice(transaction, me, row, event, happenings);
  }
  if (row === known) return { happenings, gap };
  // A setting in one's own log may have written the row of that log itself.
  const written = await transaction.get<LogRow>(keys.log(log));
  const next = { ...row, muted: written === known ? row.muted : (written?.muted ?? row.muted) };
  transaction.put(keys.log(log), { ...next, delivered: await deliveredUpTo(transaction, next) });
  // Now it is known what whoever left had said until then.
  if (next.members.some(({ left }) => left !== null && left > known.applied && left <= next.applied)) await judgeOwn(transaction, me, next);
  return { happenings, gap };
}

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
  const changed = changeRow(event, judged.body, step.kind);
  if (changed !== null) transaction.put(keys.change(step.id, event.seq), changed);
  switch (event.envelope.class) {
    case 'message':
      return await applyMessage(transaction, me, step, judged, happenings);
    case 'signal':
      return await applySignal(transaction, me, step, judged, happenings);
    case 'heard':
      // A closed conversation takes it, and nothing else under its name.
      return judged.body?.kind === 'heard' ? await applyHeard(transaction, me, step, event, happenings) : step;
    case 'remove':
      // On the word of who sent it, not on the server's.
      return judged.body === null ? step : await applyRemoval(transaction, me, step, { ...event, again: isReadAgain(event, step) }, event.envelope.refers, happenings);
    case 'ask':
    case 'answer':
      await applyAsking(transaction, me, judged, happenings);
      return event.envelope.class === 'answer' || judged.body === null ? step : await applyWaiting(transaction, me, step, event, happenings);
    case 'keep':
      return judged.body === null ? step : await applyKeep(transaction, me, step, { ...event, ...(judged.body.kind === 'kept' && { kept: judged.body.message }) }, happenings);
    case 'restore':
      return judged.body === null ? step : await applyRestore(transaction, me, step, event, happenings);
    case 'chain':
      return step;
    case 'create':
    case 'members':
    case 'key': {
      happenings.push({ type: 'conversations' });
      const gone = event.envelope.membership?.remove?.includes(me) === true;
      return { ...step, ...(gone && { removedBy: event.person }), ...setBefore(step, judged) };
    }
  }
}

/**
 * How the conversation was set when this person came to it. All others know from its log, but for whom an older version let in: she was told nothing, and
 * takes what she has never heard of from whoever may say it. Whoever says it knows more of the log than she was let in with: each list names the one before.
 */
function setBefore(log: LogRow, { event: { person }, body, comes }: JudgedEvent): Partial<LogRow> {
  if (body?.kind !== 'roster') return {};
  const { title, expiry } = body;
  const unnamed = log.kind === 'group' && log.title === null && log.titled === undefined;
  const unsaid = log.expiry === undefined && log.expiryLogged === undefined && maySetExpiry(log, person);
  return { ...(title !== undefined && (comes === true || unnamed) && { title, titled: title }), ...(expiry !== undefined && (comes === true || unsaid) && { expiry }) };
}

export async function applyMessage(transaction: Transaction, me: Id, log: LogRow, { event, body, bytes, failure }: JudgedEvent, happenings: Happening[]): Promise<LogRow> {
  // Who began anew is shown the end of her own conversation, to go on behind it: nothing that she could read.
  if (log.kind === 'self' && log.roster === null) return log;
  const { id, blobs } = event.envelope;
  const mine = event.person === me;
  const own = mine ? await transaction.get<OutboxRow>(keys.row(id)) : undefined;
  const ownBody = own?.event?.body;
  const content = body?.kind === 'message' && body.parts.length === blobs.length ? contentOf(body) : null;
  const removed = event.removed === null ? null : { at: event.removed.at, by: event.removed.by, rule: event.removed.rule };
  const { expiry, ephemeral } = event.envelope;
  const unreadable = content === null && removed === null;
  // One's own bytes have been here from the start.
  const fromHere = own !== undefined && blobs.every(({ id: blob }) => own.parts.some((part) => part.blob === blob));
  const words = await takeWords(transaction, id);
  // Read again because something of this log was damaged, or shown before it was in its place: what is whole stays as it is.
  const before = event.seq <= (log.again ?? 0) || event.seq >= (log.aside?.shown ?? Infinity) ? await transaction.get<MessageRow>(keys.message(log.id, event.seq)) : undefined;
  const shown = before?.ahead === undefined ? null : before;
  const row = asItWas({
    id, log: log.id, seq: event.seq, at: event.at, person: event.person, content, blobs, removed,
    here: content !== null && (fromHere || bytes !== undefined),
    heard: mine, heardBy: [], ...(expiry !== 'never' && { expiry: expiry.heard }), ...(ephemeral && { ephemeral }), ...(words !== undefined && { words }),
    failure: unreadable ? (failure ?? { code: 'event.unreadable', evidence: { version: event.envelope.version } }) : null,
    ...(own !== undefined && ownBody?.kind === 'message' && ownBody.sha256 === content?.sha256 && own.parts.length > 0 && { kept: { begun: own.begun ?? own.made, at: own.made } }),
  }, before);
  if (row.failure?.code === 'event.unreadable' && !mine) transaction.put(keys.trouble(log.id, event.seq), 'event.unreadable');
  noteNames(transaction, id, row);
  transaction.put(keys.at(id), { log: log.id, seq: event.seq } satisfies PlaceRow);
  if (own !== undefined) putAway(transaction, own, blobs);
  // Taken back before it came: with the row goes what it held on to.
  if (removed !== null) for (const { blob } of own?.parts ?? []) for (const [key] of await transaction.list(below(`b/${blob}`))) transaction.drop(key);
  if (content !== null && !row.here && before === undefined) transaction.put(keys.fetch(log.id, event.seq), id);
  if (content === null && shown !== null) {
    transaction.drop(keys.fetch(log.id, event.seq));
    await dropBytesOf(transaction, shown);
  }
  if (row.here) for (const [key, value] of bytes ?? []) transaction.put(key, value);
  if (row.here && bytes !== undefined) happenings.push({ type: 'message', conversation: log.id, message: id, from: event.person });
  happenings.push({ type: 'changed', conversation: log.id, message: id });
  const unheard = log.unheard + (before?.ahead ?? 0);
  const step = await writeMessage(transaction, me, { ...log, unheard, last: event.seq, at: event.at, ...(mine && { mine: event.seq }) }, shown, row);
  const hidden = await takeHidden(transaction, me, step, id, happenings);
  // Its removal is on its way behind it.
  return own?.takenBack === true && removed === null ? await applyRemoval(transaction, me, hidden, { at: event.at, person: me, pending: true }, [id], happenings) : hidden;
}

/** What this device knows of a message beyond its event; and its content, should the event not open a second time. */
function asItWas(row: MessageRow, before: MessageRow | undefined): MessageRow {
  if (before === undefined) return row;
  // What was removed and brought back by name stays, whatever the server says of it.
  if (row.removed !== null) return isBroughtBack(before) ? before : row;
  const { here, heard, heardBy, content, failure, ahead, ...known } = before;
  // Nothing is left of what was shown too early.
  if (ahead !== undefined && row.content === null) return { ...known, ...row, heard, heardBy };
  // What has ended here for good stays so.
  const sound = before.over === true ? { content: null } : content !== null && { content: row.content ?? content, failure };
  return { ...known, ...row, here, heard, heardBy, ...sound };
}

/** Whether it was brought back here out of a backup, or from somebody who still had it. What took it away before and is read a second time does not take it again. */
function isBroughtBack({ restored, here, removed }: MessageRow): boolean {
  return restored === true && here && removed === null;
}

function isReadAgain({ seq }: LoggedEvent, { again = 0 }: LogRow): boolean {
  return seq <= again;
}

async function applySignal(transaction: Transaction, me: Id, log: LogRow, { event, body }: JudgedEvent, happenings: Happening[]): Promise<LogRow> {
  if (body?.kind === 'heard') return await applyHeard(transaction, me, log, event, happenings);
  if (body?.kind === 'title') {
    happenings.push({ type: 'conversations' });
    return { ...log, title: body.title, titled: body.title };
  }
  if (body?.kind === 'listening' && log.kind === 'self') await applyListening(transaction, event.envelope.id, body, happenings);
  if ((body?.kind === 'seek' || body?.kind === 'sought') && log.kind === 'self') await applySeeking(transaction, event, body, happenings);
  if (body?.kind === 'expiry') {
    const next = applyExpiry(transaction, log, event, body.seconds, happenings);
    if (next === log) return log;
    const { expiryLogged: _, ...said } = next;
    return said;
  }
  if (body?.kind === 'hidden' && log.kind === 'self') {
    const row = isReadAgain(event, log) ? await messageAt(transaction, body.message) : undefined;
    return row !== undefined && isBroughtBack(row) ? log : await applyHidden(transaction, me, log, { ...body, at: event.at }, happenings);
  }
  if (body?.kind === 'words' && log.kind === 'self') await applyWords(transaction, body, happenings);
  if ((body?.kind === 'compared' || body?.kind === 'accepted') && log.kind === 'self') {
    await noteIdentity(transaction, body.kind, body.person, body.identity);
    happenings.push({ type: 'people' });
  }
  if (body?.kind === 'draft' && log.kind === 'self') {
    const { id, device, blobs } = event.envelope;
    transaction.put(keys.draft(id), { event: id, device: body.recorded ?? device, log: log.id, seq: event.seq, blobs, body } satisfies DraftRow);
    if (body.recorded !== undefined) await applyBroughtBack(transaction, id, body);
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

/** In a group its owners do, by what members have signed. */
function maySetExpiry({ kind, roster }: LogRow, person: Id): boolean {
  return kind !== 'group' || roster?.members.some((one) => one.person === person && one.role === 'owner') === true;
}

/** In one's own log it is said of all conversations where nothing else was. */
function applyExpiry(transaction: Transaction, log: LogRow, { person }: LoggedEvent, seconds: number | null, happenings: Happening[]): LogRow {
  if (!maySetExpiry(log, person)) return log;
  happenings.push({ type: 'conversations' });
  if (log.kind !== 'self') return { ...log, expiry: seconds };
  transaction.put(keys.expiry, seconds);
  return log;
}

/** The log has it. Where another device sent an earlier state of the same take, what this one made of it since is ended on the server. */
function putAway(transaction: Transaction, own: OutboxRow, blobs: readonly BlobRef[]): void {
  const unused = own.parts.filter((part) => !blobs.some(({ id }) => id === part.blob));
  if (unused.length === 0) transaction.drop(keys.row(own.id));
  else abandon(transaction, { ...own, parts: unused }, own.id);
}

async function applyHeard(transaction: Transaction, me: Id, log: LogRow, event: LoggedEvent, happenings: Happening[]): Promise<LogRow> {
  let next = log;
  for (const id of event.envelope.refers) {
    const message = await messageIn(transaction, log.id, id);
    if (message === undefined || message.heardBy.some(({ person }) => person === event.person)) continue;
    const heardBy = [...message.heardBy, { person: event.person, at: event.at }];
    next = await writeMessage(transaction, me, next, message, { ...message, heardBy, heard: message.heard || event.person === me });
    happenings.push({ type: 'heard', conversation: log.id, message: id, person: event.person, at: event.at }, { type: 'changed', conversation: log.id, message: id });
  }
  return next;
}

/** Takes the content of messages away; that they were there stays. `pending`: the server has not heard of it, and `at` is what this device believes. `again`: it is read a second time. */
export async function applyRemoval(transaction: Transaction, me: Id, log: LogRow, by: { at: number; person: Id; pending?: true; again?: boolean }, messages: readonly Id[], happenings: Happening[]): Promise<LogRow> {
  let next = log;
  if (log.kind === 'self' && (await applyDiscarding(transaction, messages))) happenings.push({ type: 'drafts' });
  for (const id of messages) {
    const message = await messageIn(transaction, log.id, id);
    // Only who sent it can take it back; the server holds that, and so do we.
    if (message === undefined || message.person !== by.person || (by.again === true && isBroughtBack(message))) continue;
    const ending = { at: by.at, by: by.person, rule: 'removed', ...(by.pending && { pending: by.pending }) } as const;
    if (message.removed === null) next = await endMessage(transaction, me, next, message, ending, happenings);
    else if (by.pending === undefined && isFirst(by.at, message.removed)) {
      next = await writeMessage(transaction, me, next, message, { ...message, removed: ending });
      happenings.push({ type: 'changed', conversation: log.id, message: id });
    }
  }
  return next;
}

/**
 * Whether what the server says of `at` comes before the notice that is here: what this device believed, or ended by itself because it was away and had
 * not heard of it. What this person let go stays let go, also before the server has heard of it.
 */
function isFirst(at: number, { rule, pending, at: ended }: NonNullable<MessageRow['removed']>): boolean {
  return rule === 'expired' ? at < ended : pending === true && rule !== 'let-go';
}

/** The server says that a message has ended. Of what is here it is not believed: that goes when its own time has come. */
export async function applyNotice(transaction: Transaction, me: Id, log: LogRow, { envelope, removed }: LoggedEvent, happenings: Happening[]): Promise<LogRow> {
  // That it was taken back its sender says in the log; an answer of before it was restored may come late.
  if (removed === null || removed.rule === 'removed') return log;
  const message = await messageIn(transaction, log.id, envelope.id);
  if (message === undefined || message.removed !== null || message.here) return log;
  return await endMessage(transaction, me, log, message, removed, happenings);
}
