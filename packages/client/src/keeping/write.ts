import type { Id } from '@earshot/base/ids.ts';
import type { Removal } from '@earshot/protocol/envelope.ts';
import { type Retention, usualRetention } from '@earshot/protocol/retention.ts';
import type { Happening } from '../earshot.ts';
import { dropBytesOf } from '../replica/bytes-of.ts';
import { deliveredUpTo } from '../replica/delivered.ts';
import type { EventRow, LogRow, MessageRow } from '../replica/row.ts';
import { below, keys } from '../stores/keys.ts';
import type { Transaction } from '../stores/transaction.ts';
import { endsAt, isUnheard, looksAt } from './ending.ts';

/** Writes a message as it is now, and when it has to be looked at. Answers its log with the count of what is unheard, and of what is whole. */
export async function writeMessage(transaction: Transaction, me: Id, log: LogRow, before: MessageRow | null, row: MessageRow): Promise<LogRow> {
  const { ends: _, ...rest } = row;
  const ends = endsAt(row, log, me, await restOf(transaction));
  const [was, is] = [before === null ? null : looksAt(before, before.ends ?? null), looksAt(row, ends)];
  if (before !== null && was !== null && was !== is) transaction.drop(keys.due(was, log.id, row.seq));
  if (is !== null) transaction.put(keys.due(is, log.id, row.seq), row.id);
  transaction.put(keys.message(log.id, row.seq), { ...rest, ...(ends !== null && { ends }) });
  // What nobody brings back nobody opens any more.
  if (row.ephemeral !== undefined && row.removed !== null && (row.removed.rule ?? 'removed') !== 'removed') transaction.drop(keys.ephemeralKey(log.id, row.ephemeral.chain, row.ephemeral.step));
  const more = Number(isUnheard(row, me)) - (before === null ? 0 : Number(isUnheard(before, me)));
  const next = more === 0 ? log : { ...log, unheard: log.unheard + more };
  // What ended before its bytes came is waited for no longer: what is behind it is whole.
  const over = before?.removed === null && !before.here && row.removed !== null;
  return over ? { ...next, delivered: await deliveredUpTo(transaction, next) } : next;
}

/** Somebody left: what this person sent may be waiting for nobody any more. */
export async function judgeOwn(transaction: Transaction, me: Id, log: LogRow): Promise<void> {
  for (const [, value] of await transaction.list(below(`r/message/${log.id}`))) {
    const row = value as MessageRow;
    if (row.person === me && row.expiry !== undefined && row.keep === undefined && row.heardBy.length > 0) await writeMessage(transaction, me, log, row, row);
  }
}

export async function restOf(transaction: Transaction): Promise<number> {
  return ((await transaction.get<Retention>(keys.retention)) ?? usualRetention).rest;
}

/** Takes its content and its bytes from this device; that it was there stays. */
export async function takeAway(transaction: Transaction, row: MessageRow): Promise<Pick<MessageRow, 'content' | 'here' | 'failure'>> {
  transaction.drop(keys.fetch(row.log, row.seq));
  transaction.drop(keys.trouble(row.log, row.seq));
  await dropBytesOf(transaction, row);
  const event = await transaction.get<EventRow>(keys.event(row.log, row.seq));
  if (event?.body !== undefined) transaction.put(keys.event(row.log, row.seq), { ...event, body: null });
  return { content: null, here: false, failure: null };
}

export interface Ending {
  readonly at: number;
  readonly by: Id;
  readonly rule: Removal['rule'];
  readonly pending?: true;
  readonly rested?: true;
}

/** Its sender may bring it back, or it was kept in time, which this device had not heard. */
export function comesBack({ rule }: { readonly rule?: Removal['rule'] }): boolean {
  return rule !== 'let-go' && rule !== 'account-deleted';
}

/** A message ends on this device: a notice takes its place. */
export async function endMessage(transaction: Transaction, me: Id, log: LogRow, row: MessageRow, removed: Ending, happenings: Happening[]): Promise<LogRow> {
  const { log: conversation, id: message } = row;
  const { hidden, ...rest } = row;
  // It is deleted for this person then as before.
  const shown = comesBack(removed) && hidden !== undefined ? { ...rest, hidden } : rest;
  // Whoever sent it can bring it back for a while.
  const rests = removed.rule === 'removed' && row.person === me;
  const content = rests ? { content: row.content, here: row.here, failure: row.failure } : await takeAway(transaction, row);
  if (rests) transaction.drop(keys.fetch(row.log, row.seq));
  happenings.push({ type: 'removed', conversation, message, person: removed.by, rule: removed.rule }, { type: 'changed', conversation, message });
  return await writeMessage(transaction, me, log, row, { ...shown, ...content, removed });
}
