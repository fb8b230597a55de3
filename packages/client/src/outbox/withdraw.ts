import type { Clock } from '@earshot/base/clock.ts';
import { type Id, makeId } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import { directLogId } from '@earshot/protocol/envelope.ts';
import { dropShown, listShown } from '../replica/shown.ts';
import { keys } from '../stores/keys.ts';
import type { Transaction } from '../stores/transaction.ts';
import { compose } from './compose.ts';
import type { OutboxRow } from './row.ts';
import { listRows, release } from './rows.ts';

export interface WithdrawPorts {
  readonly clock: Clock;
  readonly random: Random;
}

/** No device shows this take any more, or only as `but` does: what was not posted yet never is, what may be in the log is removed. `false`: nothing was shown. */
export async function withdraw({ clock, random }: WithdrawPorts, transaction: Transaction, { person, device }: { person: Id; device: Id }, take: Id, but: Id | null = null): Promise<boolean> {
  const out = new Map<Id, { readonly log: Id; readonly conversation: Id }>();
  const unsaid = new Set<Id>();
  // The last one may be in the log, and not back from there yet.
  const own = await transaction.get<OutboxRow>(keys.row(take));
  if (own?.shown?.discarded === false) out.set(own.shown.event, { log: await directLogId(person, person), conversation: own.conversation });
  for (const { id } of await listRows(transaction, person)) {
    const row = await transaction.get<OutboxRow>(keys.row(id));
    const body = row?.event?.body;
    if (row === undefined || row.event === null || body?.kind !== 'draft' || body.take !== take || id === but) continue;
    out.set(id, { log: row.event.envelope.log, conversation: row.conversation });
    if (row.state.at !== 'released') continue;
    transaction.drop(keys.row(id));
    out.delete(id);
    unsaid.add(id);
  }
  const follows = but === null && own?.shown?.discarded === true;
  for (const shown of await listShown(transaction, take)) {
    // Brought back where it had been discarded, it stays there: only what this device said of it goes.
    if (follows && shown.body.recorded !== undefined) continue;
    await dropShown(transaction, shown);
    if (!unsaid.has(shown.event)) out.set(shown.event, { log: shown.log, conversation: shown.body.conversation });
  }
  for (const [event, { log, conversation }] of out) {
    const removal = compose({ id: makeId(random), log, device, class: 'remove', refers: [event], body: { kind: 'plain' } });
    await release(transaction, person, removal, clock.now(), { conversation });
  }
  return out.size > 0;
}
