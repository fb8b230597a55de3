import type { Clock } from '@earshot/base/clock.ts';
import type { Log } from '@earshot/base/log.ts';
import type { Random } from '@earshot/base/random.ts';
import type { limits } from '@earshot/protocol/limits.ts';
import type { Retention } from '@earshot/protocol/retention.ts';
import type { Blobs } from './blobs/blobs.ts';
import type { FanOut } from './fanout/fanout.ts';
import type { Passwords } from './people/passwords.ts';
import type { Store } from './store/store.ts';
import type { Sums } from './uploads/sums.ts';

export type Limits = { readonly [name in keyof typeof limits]: number };

/** All that the rules of the server stand on. A simulation puts its own world behind each of them. */
export interface Ports {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly fanout: FanOut;
  readonly sums: Sums;
  readonly passwords: Passwords;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly limits: Limits;
  readonly retention: Retention;
}

/** Who is asking: a device with a session, and its person. */
export interface Session {
  readonly person: string;
  readonly device: string;
  /** Its device is not in its person's chain: it can sign nothing that others would believe. */
  readonly locked: boolean;
}
