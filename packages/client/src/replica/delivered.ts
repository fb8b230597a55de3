import type { LogRow } from './row.ts';
import { below } from '../stores/keys.ts';
import type { Transaction } from '../stores/transaction.ts';

/** Up to where everything is whole on this device: before the first message whose bytes are still missing. */
export async function deliveredUpTo(transaction: Transaction, log: LogRow): Promise<number> {
  const [first] = await transaction.list({ ...below(`r/fetch/${log.id}`), limit: 1 });
  if (first === undefined) return log.applied;
  // What is listed is not guarded: another download may end between reading and writing, and leave the log's row as it was.
  await transaction.get(first[0]);
  return Math.max(log.delivered, Number(first[0].slice(first[0].lastIndexOf('/') + 1)) - 1);
}
