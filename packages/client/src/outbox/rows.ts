import type { Id } from '@earshot/base/ids.ts';
import { leftBy, type LogRow } from '../replica/row.ts';
import type { Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import { type Transaction, transact } from '../stores/transaction.ts';
import { orderOf, type OutboxRow, type ReadyEvent } from './row.ts';
import type { Aim } from './verdict.ts';

/** All rows of one person, or of everybody. */
export async function listRows(store: Pick<Store, 'list'>, owner: Id | null): Promise<OutboxRow[]> {
  const rows = (await store.list(below('o/row'))).map(([, value]) => value as OutboxRow);
  return owner === null ? rows : rows.filter((row) => row.owner === owner);
}

export async function readRow(store: Store, id: Id): Promise<OutboxRow | null> {
  return ((await store.get(keys.row(id))) as OutboxRow | undefined) ?? null;
}

/** Changes a row by what it is at that moment; null from `change` leaves it. Returns the row as it is afterwards, null when there is none. */
export function changeRow(store: Store, id: Id, change: (row: OutboxRow, transaction: Transaction) => OutboxRow | null): Promise<OutboxRow | null> {
  return transact(store, async (transaction) => {
    const row = await transaction.get<OutboxRow>(keys.row(id));
    if (row === undefined) return null;
    const next = change(row, transaction);
    if (next === null) return row;
    transaction.put(keys.row(id), next);
    return next;
  });
}

/** What an event wanted is so already. A group that the server refused to make is left on this device, which is the only one that knows of it. */
export async function satisfied(store: Store, { id, owner, event }: OutboxRow, aim: Aim | null): Promise<void> {
  await transact(store, async (transaction) => {
    transaction.drop(keys.row(id));
    const log = aim === 'leave' && event !== null ? await transaction.get<LogRow>(keys.log(event.envelope.log)) : undefined;
    if (log?.pending === true) transaction.put(keys.log(log.id), leftBy(log, owner));
  });
}

/** The next place in the queue of what was released. */
export async function nextOrder(transaction: Transaction): Promise<number> {
  // Where it was damaged it follows from what is there.
  const last = (await transaction.get<number>(keys.order)) ?? Math.max(0, ...(await listRows(transaction, null)).map(orderOf).filter(Number.isFinite));
  const order = Math.floor(last) + 1;
  transaction.put(keys.order, order);
  return order;
}

/** Parts that nobody will ever see, as a row of their own: their uploads are ended whatever happens to this process. */
export function abandon(transaction: Transaction, { owner, conversation, made, parts }: OutboxRow, id: Id): void {
  const row: OutboxRow = { id, owner, conversation, made, state: { at: 'cancelled' }, parts, event: null };
  transaction.put(keys.row(id), row);
}

/** Gives up what the server does not have: its id is free at once, and its uploads are ended. */
export function giveUp(transaction: Transaction, row: OutboxRow, id: Id): void {
  transaction.drop(keys.row(row.id));
  if (row.event?.body.kind === 'message') transaction.put(keys.givenUp(row.id), true);
  abandon(transaction, row, id);
}

/** Puts an event that is complete into the outbox; what concerns a draft travels in the order of the draft's conversation. */
export async function release(transaction: Transaction, owner: Id, event: ReadyEvent, made: number, draft: Partial<Pick<OutboxRow, 'conversation' | 'parts'>> = {}): Promise<void> {
  const { id, log } = event.envelope;
  if ((await transaction.get(keys.row(id))) !== undefined) return;
  const state = { at: 'released', order: await nextOrder(transaction) } as const;
  const row: OutboxRow = { id, owner, conversation: log, made, state, parts: [], event, ...draft };
  transaction.put(keys.row(id), row);
}

/** Puts an event into the outbox right before a row that cannot be sealed without it. Answers null: nothing is sealed yet. */
export async function putBefore(store: Store, { id }: OutboxRow, event: ReadyEvent): Promise<null> {
  return await transact(store, async (transaction) => {
    const key = keys.row(`${id}-first`);
    const row = await transaction.get<OutboxRow>(keys.row(id));
    if (row === undefined || (row.state.at !== 'released' && row.state.at !== 'posted') || (await transaction.get(key)) !== undefined) return null;
    const { owner, conversation, made } = row;
    transaction.put(key, { id: `${id}-first`, owner, conversation, made, state: { at: 'released', order: row.state.order - 0.5 }, parts: [], before: id, event } satisfies OutboxRow);
    return null;
  });
}

/** Whether something is on its way into the same log from another lane. */
export function isBehind({ id, conversation, state, event }: OutboxRow, all: readonly OutboxRow[]): boolean {
  if (event === null || (state.at === 'posted' && event.sealed !== null)) return false;
  return all.some((other) => other.id !== id && other.conversation !== conversation && other.state.at === 'posted' && other.event !== null && other.event.sealed !== null && other.event.envelope.log === event.envelope.log);
}
