import { type Id, makeId } from '@earshot/base/ids.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import type { Body, MessageBody } from '@earshot/protocol/bodies.ts';
import type { EventClass } from '@earshot/protocol/envelope.ts';
import type { Bus } from '../bus.ts';
import type { Happening } from '../earshot.ts';
import { compose } from '../outbox/compose.ts';
import type { OutboxRow, ReadyEvent } from '../outbox/row.ts';
import { readRow, release } from '../outbox/rows.ts';
import type { OwnSayingPorts } from '../outbox/saying.ts';
import { applyRemoval } from '../replica/apply.ts';
import { bodyOf, contentIn } from '../replica/content.ts';
import { messageAt } from '../replica/message-in.ts';
import type { LogRow, MessageRow } from '../replica/row.ts';
import type { Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import { type Transaction, transact } from '../stores/transaction.ts';
import { applyHidden, applyKeep, applyRestore, refuseKeep, refuseRemoval, refuseRestore } from './apply.ts';
import { restsSince } from './ending.ts';
import type { ServerTime } from './server-time.ts';

export interface KeepingPorts extends OwnSayingPorts {
  readonly time: ServerTime;
}

/** What a person does about keeping a message. Each act is here and in the outbox in one step. */

/** Takes back one's own message, for everyone. */
export async function remove(ports: KeepingPorts, message: Id): Promise<void> {
  const { store, session, outbox } = ports;
  const { person } = await session.required();
  if (await outbox.cancel(message)) return;
  const row = await find(ports, message);
  const own = await readRow(store, message);
  if (row === undefined && own?.takenBack === true) return;
  const log = row?.log ?? own?.conversation;
  if (log === undefined) throw new Failure('not-found', { message });
  if ((row?.person ?? own?.owner) !== person) throw new Failure('not-allowed', { message });
  await act(ports, log, { class: 'remove', message }, takeBack);
}

/** Where it is on its way the removal waits behind it, and nobody sees it meanwhile. */
const takeBack: Effect = async (transaction, me, log, removal, messages, happenings) => {
  for (const message of messages) {
    const own = await transaction.get<OutboxRow>(keys.row(message));
    if (own === undefined) continue;
    transaction.put(keys.row(message), { ...own, takenBack: true });
    happenings.push({ type: 'changed', conversation: own.conversation, message });
  }
  return await applyRemoval(transaction, me, log, removal, messages, happenings);
};

/** Moves it to Recently Deleted on all devices of this person, and of nobody else. */
export async function removeForMe(ports: KeepingPorts, message: Id): Promise<void> {
  const row = await known(ports, message);
  if (row.removed === null && row.hidden === undefined) await say(ports, row, { hidden: true });
}

/** Out of Recently Deleted: what was taken back is there again for everyone. */
export async function restore(ports: KeepingPorts, message: Id): Promise<void> {
  const { person } = await ports.session.required();
  const row = await known(ports, message);
  if (!isResting(row, person, ports.time)) throw new Failure('message.rested', { message });
  if (row.hidden !== undefined) await say(ports, row, { hidden: false });
  if (row.removed !== null) await act(ports, row.log, { class: 'restore', message }, (transaction, me, log, by, messages, happenings) => applyRestore(transaction, me, log, { ...by, envelope: { refers: [...messages] } }, happenings));
}

/** Whatever rests does not rest any longer; whatever does not goes for this person without a rest. */
export async function removeForGood(ports: KeepingPorts, message: Id): Promise<void> {
  await say(ports, await known(ports, message), { hidden: true, forGood: true });
}

/** Stops the clocks of a message that would expire, for everyone. */
export async function keep(ports: KeepingPorts, message: Id): Promise<void> {
  const { person } = await ports.session.required();
  const row = await known(ports, message);
  if (row.expiry === undefined || row.keep !== undefined) return;
  if (row.removed !== null) throw new Failure('message.expired', { message });
  if (row.expiry === 0 && row.person !== person) throw new Failure('not-allowed', { message });
  // What it was sealed under goes: from now on everybody who may read the conversation can.
  const body: Body = row.ephemeral === undefined ? { kind: 'plain' } : { kind: 'kept', message: saidIn(row) };
  await act(ports, row.log, { class: 'keep', message, body }, (transaction, me, log, by, messages, happenings) => applyKeep(transaction, me, log, { ...by, envelope: { refers: [...messages] } }, happenings));
}

/** A device that cannot open it has nothing to keep: the first who keeps it says what it said, for all others. */
function saidIn(row: MessageRow): MessageBody {
  return bodyOf(contentIn(row));
}

/** What can be brought back, the newest act first. */
export async function resting({ store, session, time }: KeepingPorts): Promise<MessageRow[]> {
  const { person } = await session.required();
  const rows = await Promise.all((await store.list(below('r/due'))).map(async ([key]) => {
    const [, , , log = '', digits = ''] = key.split('/');
    return (await store.get(keys.message(log, Number(digits)))) as MessageRow | undefined;
  }));
  const found = rows.filter((row) => row !== undefined).filter((row) => isResting(row, person, time));
  return found.sort((one, other) => (restsSince(other, person) ?? 0) - (restsSince(one, person) ?? 0));
}

/** Whether it can be brought back. What has rested its time cannot, also where it is there until her own log is known; what the server has not heard of has not begun to. */
function isResting(row: MessageRow, me: Id, time: ServerTime): boolean {
  const pending = row.removed?.pending ?? row.hidden?.pending;
  return restsSince(row, me) !== null && (pending === true || (row.ends ?? Infinity) > time.now());
}

async function find({ store }: KeepingPorts, message: Id): Promise<MessageRow | undefined> {
  return await transact(store, (transaction) => messageAt(transaction, message));
}

async function known(ports: KeepingPorts, message: Id): Promise<MessageRow> {
  const row = await find(ports, message);
  if (row === undefined) throw new Failure('not-found', { message });
  return row;
}

type Effect = typeof applyRemoval;

/** An event of a conversation about one of its messages. */
async function act(ports: KeepingPorts, conversation: Id, { class: kind, message, body = { kind: 'plain' } }: { class: EventClass; message: Id; body?: Body }, effect: Effect): Promise<void> {
  const { store, session, random, clock, outbox, bus, time } = ports;
  const { person, device } = await session.required();
  const event = compose({ id: makeId(random), log: conversation, device, class: kind, refers: [message], body });
  const happenings = await transact(store, async (transaction) => {
    const announced: Happening[] = [];
    await release(transaction, person, event, clock.now());
    const log = await transaction.get<LogRow>(keys.log(conversation));
    if (log !== undefined) transaction.put(keys.log(conversation), await effect(transaction, person, log, { at: time.now(), person, pending: true }, [message], announced));
    return announced;
  });
  outbox.kick(conversation);
  for (const happening of happenings) bus.announce(happening);
}

/** Where it is still on its way it comes as it was said. */
async function wantAgain(transaction: Transaction, message: Id): Promise<void> {
  const own = await transaction.get<OutboxRow>(keys.row(message));
  if (own?.takenBack !== true) return;
  const { takenBack: _, ...wanted } = own;
  transaction.put(keys.row(message), wanted);
}

const REFUSED: Partial<Record<EventClass, typeof refuseRestore>> = { remove: refuseRemoval, restore: refuseRestore, keep: refuseKeep };

/** What the server refused for good is not so here either. */
export async function refused(store: Store, bus: Bus, { owner, event }: OutboxRow, code: FailureCode): Promise<void> {
  const happenings = await transact(store, async (transaction) => {
    const announced: Happening[] = [];
    const refuse = event === null ? undefined : REFUSED[event.envelope.class];
    for (const message of event?.envelope.refers ?? []) {
      await refuse?.(transaction, owner, message, announced, code);
      if (event?.envelope.class === 'remove') await wantAgain(transaction, message);
    }
    if (event !== null && (await refuseChange(transaction, event))) announced.push({ type: 'conversations' });
    return announced;
  });
  for (const happening of happenings) bus.announce(happening);
}

/** What a conversation is called, and when what is sent into it expires, is again what its log says. */
async function refuseChange(transaction: Transaction, { envelope, body }: ReadyEvent): Promise<boolean> {
  const log = body.kind === 'title' || body.kind === 'expiry' ? await transaction.get<LogRow>(keys.log(envelope.log)) : undefined;
  if (log === undefined) return false;
  const { expiry: _, expiryLogged, ...rest } = log;
  if (body.kind === 'expiry' && expiryLogged !== undefined) transaction.put(keys.log(log.id), { ...rest, ...expiryLogged });
  else if (body.kind === 'title' && log.titled !== undefined && log.title !== log.titled) transaction.put(keys.log(log.id), { ...log, title: log.titled });
  else return false;
  return true;
}

/** What only this person's devices shall know. */
async function say(ports: KeepingPorts, { log, id: message }: MessageRow, how: { hidden: boolean; forGood?: true }): Promise<void> {
  const { store, session, random, clock, outbox, bus, time, ownLog } = ports;
  const { person, device } = await session.required();
  const own = await ownLog(person);
  const body = { kind: 'hidden', log, message, ...how } as const;
  const event = compose({ id: makeId(random), log: own, device, class: 'signal', body });
  const happenings = await transact(store, async (transaction: Transaction) => {
    const announced: Happening[] = [];
    await release(transaction, person, event, clock.now());
    const before = await transaction.get<LogRow>(keys.log(own));
    if (before === undefined) throw new Failure('not-found', { log: own });
    const next = await applyHidden(transaction, person, before, { ...body, at: time.now(), pending: true }, announced);
    if (next !== before) transaction.put(keys.log(own), next);
    return announced;
  });
  outbox.kick(own);
  for (const happening of happenings) bus.announce(happening);
}
