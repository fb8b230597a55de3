import type { Id } from '@earshot/base/ids.ts';
import type { DraftBody } from '@earshot/protocol/bodies.ts';
import type { OutboxRow } from '../outbox/row.ts';
import type { Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import type { Transaction } from '../stores/transaction.ts';
import type { DraftRow } from './row.ts';

/** What the events of one's own log show of drafts, the newest first. */
export async function listShown(store: Pick<Store, 'list'>, take?: Id): Promise<DraftRow[]> {
  const rows = (await store.list(below('r/draft'))).map(([, value]) => value as DraftRow);
  return rows.filter(({ body }) => take === undefined || body.take === take).sort((one, other) => other.seq - one.seq);
}

/** Forgets one; with it go the bytes that neither a take, a message, nor another state of the same draft needs. */
export async function dropShown(transaction: Transaction, { event, blobs, body: { take } }: DraftRow): Promise<void> {
  transaction.drop(keys.draft(event));
  if ((await transaction.get(keys.row(take))) !== undefined || (await transaction.get(keys.at(take))) !== undefined) return;
  const needed = new Set((await listShown(transaction, take)).flatMap((other) => other.blobs.map(({ id }) => id)));
  for (const { id } of blobs) if (!needed.has(id)) for (const [key] of await transaction.list(below(`b/${id}`))) transaction.drop(key);
}

/** Events of one's own log were removed. A take of this device whose last one is among them was discarded on another. */
export async function applyDiscarding(transaction: Transaction, events: readonly Id[]): Promise<boolean> {
  let any = false;
  for (const event of events) {
    const shown = await transaction.get<DraftRow>(keys.draft(event));
    if (shown !== undefined) await dropShown(transaction, shown);
    any ||= shown !== undefined;
  }
  for (const [key, value] of await transaction.list(below('o/row'))) {
    const { shown } = value as OutboxRow;
    if (shown === undefined || !events.includes(shown.event)) continue;
    const row = await transaction.get<OutboxRow>(key);
    if (row?.state.at !== 'growing' || row.shown?.event !== shown.event) continue;
    transaction.put(key, { ...row, shown: { ...shown, discarded: true } });
    any = true;
  }
  return any;
}

/** A draft was brought back where it had been discarded: the take of this device that was to follow that is shown again. What was said of it since stands. */
export async function applyBroughtBack(transaction: Transaction, event: Id, { take, message }: DraftBody): Promise<void> {
  const row = await transaction.get<OutboxRow>(keys.row(take));
  if (row?.state.at !== 'growing' || row.shown?.discarded !== true) return;
  transaction.put(keys.row(take), { ...row, shown: { event, sha256: message.sha256, discarded: false } });
}
