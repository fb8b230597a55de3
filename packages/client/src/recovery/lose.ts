import type { Failure } from '@earshot/protocol/failures.ts';
import type { Replica } from '../replica/replica.ts';
import type { MessageRow } from '../replica/row.ts';
import { holdsWhole } from './near-places.ts';

/**
 * A message says that it is here, and could not be made whole: from now on it is missing like any other, so that it is looked for and asked for. Where
 * another page has made it whole meanwhile it stays.
 */
export async function loseUnlessWhole(replica: Replica, row: MessageRow, { code, evidence }: Pick<Failure, 'code' | 'evidence'>): Promise<void> {
  if (await holdsWhole(replica.store, row)) return;
  await replica.settle(row.log, row.seq, (now) => ({ ...now, here: false, failure: { code, evidence } }), []);
}
