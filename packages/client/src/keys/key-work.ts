import { OwnChain } from '../account/own-chain.ts';
import type { Bus } from '../bus.ts';
import type { ServerTime } from '../keeping/server-time.ts';
import type { Store } from '../store.ts';
import type { Api } from '../wire/api.ts';
import { AccountKeys } from './account-keys.ts';
import { Chains } from './chains.ts';
import { EventOpening } from './event-opening.ts';
import { EventSealing } from './event-sealing.ts';
import type { Primitives } from './primitives.ts';
import { Ring } from './ring.ts';

export interface KeyPorts {
  readonly store: Store;
  readonly api: Api;
  readonly bus: Bus;
  readonly primitives: Primitives;
  readonly time: ServerTime;
  readonly catchUp: () => Promise<void>;
}

export interface KeyWork {
  readonly chains: Chains;
  readonly accountKeys: AccountKeys;
  readonly opener: EventOpening;
  readonly events: EventSealing;
  readonly ownChain: OwnChain;
}

/** What seals, opens and keeps chains, over one key ring. */
export function keyWork(ports: KeyPorts): KeyWork {
  const { store, primitives } = ports;
  const ring = new Ring(store);
  const chains = new Chains({ ...ports, signatures: primitives.signatures });
  const accountKeys = new AccountKeys({ ...ports, ring, chains });
  return {
    chains, accountKeys,
    opener: new EventOpening({ primitives, ring, account: accountKeys, chains }),
    events: new EventSealing({ ...ports, ring, chains }),
    ownChain: new OwnChain({ ...ports, ring, chains, accountKeys }),
  };
}
