import type { Id } from '@earshot/base/ids.ts';
import type { LogRow } from '../replica/row.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import type { OutboxRow } from './row.ts';
import { changeRow, giveUp, listRows } from './rows.ts';

/** What the server has acknowledged and not sent back yet. */
export async function acknowledgedRows(store: Store, person: Id): Promise<OutboxRow[]> {
  return (await listRows(store, person)).filter(({ state }) => state.at === 'acknowledged');
}

/**
 * Of `rows`, acknowledged before the server said up to where its logs are (`heads`): what is not where it was said to be, because the server was brought
 * back from before that. It is posted again, under the same id and sealed anew, since others went before it meanwhile. What its person took back is given
 * up: its removal was lost with it. Answers what is on its way again, or ends.
 */
export async function postAgain(store: Store, rows: readonly OutboxRow[], heads: ReadonlyMap<Id, number>): Promise<OutboxRow[]> {
  const again: OutboxRow[] = [];
  for (const { id, event, state } of rows) {
    if (event === null || state.at !== 'acknowledged') continue;
    const { log } = event.envelope;
    const known = (await store.get(keys.log(log))) as LogRow | undefined;
    // With its event its row would have gone. Of what its person has left long ago the server says nothing, which does not mean that it is lost.
    const passed = known !== undefined && known.applied >= state.seq;
    if (!passed && (heads.get(log) ?? known?.lost ?? state.seq) >= state.seq) continue;
    const row = await changeRow(store, id, (now, transaction) => {
      if (now.state.at !== 'acknowledged') return null;
      if (now.takenBack !== true) return { ...now, event: { ...event, sealed: null }, state: { at: 'posted', order: now.state.order } };
      giveUp(transaction, now, `${id}-gone`);
      return null;
    });
    if (row?.state.at === 'posted' || row?.takenBack === true) again.push(row);
  }
  return again;
}
