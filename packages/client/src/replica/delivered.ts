import type { LogRow } from './row.ts';
import { below, keys } from '../stores/keys.ts';
import type { Transaction } from '../stores/transaction.ts';

/** Up to where everything is whole on this device: before the first message whose bytes are still missing. */
export async function deliveredUpTo(transaction: Transaction, log: LogRow): Promise<number> {
  const { to } = below(`r/fetch/${log.id}`);
  for (let from = keys.fetch(log.id, 0); ; ) {
    const [first] = await transaction.list({ from, to, limit: 1 });
    if (first === undefined) return log.applied;
    const seq = Number(first[0].slice(first[0].lastIndexOf('/') + 1));
    // What is listed is not guarded: another download may end before this is written, and leave the log's row as it was.
    if ((await transaction.get(first[0])) !== undefined) return Math.max(log.delivered, Math.min(log.applied, seq - 1));
    // It ended since it was listed.
    from = keys.fetch(log.id, seq + 1);
  }
}
