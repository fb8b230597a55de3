import type { Clock } from '@earshot/base/clock.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import type { Session } from '../account/session.ts';
import type { Bus } from '../bus.ts';
import type { Store } from '../store.ts';
import type { Outbox } from './outbox.ts';

/** What whoever says something in a log needs: it is here and in the outbox in one step, and all who look are told. */
export interface SayingPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly session: Session;
  readonly bus: Bus;
  readonly outbox: Outbox;
}

/** The same for what a person tells her other devices. */
export interface OwnSayingPorts extends SayingPorts {
  /** The person's own log, made when there is none. */
  readonly ownLog: (person: Id) => Promise<Id>;
}
