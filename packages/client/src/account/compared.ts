import type { Clock } from '@earshot/base/clock.ts';
import { type Id, makeId } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import { noteIdentity } from '../keys/former-chains.ts';
import { compose } from '../outbox/compose.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { release } from '../outbox/rows.ts';
import type { Store } from '../store.ts';
import { transact } from '../stores/transaction.ts';
import type { Session } from './session.ts';

export interface ComparedPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly session: Session;
  readonly outbox: Outbox;
  readonly ownLog: (person: Id) => Promise<Id>;
}

/** What this person knows of somebody who has this identity, to all her devices: she compared the safety number, or believes that it is her who began anew. */
export async function sayOfIdentity({ store, clock, random, session, outbox, ownLog }: ComparedPorts, kind: 'compared' | 'accepted', person: Id, identity: string): Promise<void> {
  const me = await session.unlocked();
  const log = await ownLog(me.person);
  const event = compose({ id: makeId(random), log, device: me.device, class: 'signal', body: { kind, person, identity } });
  await transact(store, async (transaction) => {
    await noteIdentity(transaction, kind, person, identity);
    await release(transaction, me.person, event, clock.now());
  });
  outbox.kick(log);
}
