import type { Clock } from '@earshot/base/clock.ts';
import { type Id, makeId } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import { compose } from '../outbox/compose.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { release } from '../outbox/rows.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
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

/** This person has compared the safety number with somebody who has this identity: all her devices know. */
export async function sayCompared({ store, clock, random, session, outbox, ownLog }: ComparedPorts, person: Id, identity: string): Promise<void> {
  const me = await session.unlocked();
  const log = await ownLog(me.person);
  const event = compose({ id: makeId(random), log, device: me.device, class: 'signal', body: { kind: 'compared', person, identity } });
  await transact(store, async (transaction) => {
    transaction.put(keys.compared(person), identity);
    await release(transaction, me.person, event, clock.now());
  });
  outbox.kick(log);
}
