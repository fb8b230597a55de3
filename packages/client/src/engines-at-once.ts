import { Account } from './account/account.ts';
import { OwnChain } from './account/own-chain.ts';
import { Drafts } from './drafts/drafts.ts';
import type { Engines, KeyPorts, Keys } from './engines.ts';
import { AccountKeys } from './keys/account-keys.ts';
import { Chains } from './keys/chains.ts';
import { EventOpening } from './keys/event-opening.ts';
import { EventSealing } from './keys/event-sealing.ts';
import { Ring } from './keys/ring.ts';
import { Listening } from './replica/listening.ts';
import { Waking } from './waking/waking.ts';

function keys(ports: KeyPorts): Keys {
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

export const enginesAtOnce: Engines = {
  keys,
  account: (ports) => new Account(ports),
  drafts: (ports) => new Drafts(ports),
  listening: (ports) => new Listening(ports),
  waking: (ports) => new Waking(ports),
};
