import { OwnChain } from '../account/own-chain.ts';
import type { Bus } from '../bus.ts';
import type { ServerTime } from '../keeping/server-time.ts';
import type { Session } from '../account/session.ts';
import type { Store } from '../store.ts';
import type { Api } from '../wire/api.ts';
import { AccountKeys } from './account-keys.ts';
import { Chains } from './chains.ts';
import { EphemeralKeys } from './ephemeral-keys.ts';
import { EphemeralSealing } from './ephemeral-sealing.ts';
import { EventOpening } from './event-opening.ts';
import { EventSealing } from './event-sealing.ts';
import { Prekeys } from './prekeys.ts';
import type { Primitives } from './primitives.ts';
import { Ring } from './ring.ts';

export interface KeyPorts {
  readonly store: Store;
  readonly api: Api;
  readonly bus: Bus;
  readonly primitives: Primitives;
  readonly session: Session;
  readonly time: ServerTime;
  readonly catchUp: () => Promise<void>;
}

export interface KeyWork {
  readonly chains: Chains;
  readonly accountKeys: AccountKeys;
  readonly opener: EventOpening;
  readonly events: EventSealing;
  readonly ownChain: OwnChain;
  readonly prekeys: Prekeys;
}

/** What seals, opens and keeps chains, over one key ring. */
export function keyWork(ports: KeyPorts): KeyWork {
  const { store, primitives } = ports;
  const ring = new Ring(store);
  const chains = new Chains({ ...ports, signatures: primitives.signatures });
  const accountKeys = new AccountKeys({ ...ports, ring, chains });
  const ephemeral = new EphemeralKeys(store);
  return {
    chains, accountKeys,
    opener: new EventOpening({ primitives, ring, account: accountKeys, chains, ephemeral, store }),
    events: new EventSealing({ ...ports, ring, chains, ephemeral: new EphemeralSealing({ ...ports, keys: ephemeral }) }),
    prekeys: new Prekeys({ ...ports, ring, ephemeral }),
    ownChain: new OwnChain({ ...ports, ring, chains, accountKeys }),
  };
}
