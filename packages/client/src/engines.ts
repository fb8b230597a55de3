import type { AccountPorts } from './account/account.ts';
import type { OwnChain } from './account/own-chain.ts';
import type { Bus } from './bus.ts';
import type { DraftPorts, Drafts } from './drafts/drafts.ts';
import type { AccountFace, ListeningFace, WakingFace } from './earshot.ts';
import type { AccountKeys } from './keys/account-keys.ts';
import type { Chains } from './keys/chains.ts';
import type { EventOpening } from './keys/event-opening.ts';
import type { EventSealing } from './keys/event-sealing.ts';
import type { Primitives } from './keys/primitives.ts';
import type { ListeningPorts } from './replica/listening.ts';
import type { Store } from './store.ts';
import type { WakingPorts } from './waking/waking.ts';
import type { Api } from './wire/api.ts';

/** Engines that nobody needs in order to record: a page fetches their script while the person already speaks. */
export interface Engines {
  keys(ports: KeyPorts): Keys;
  account(ports: AccountPorts): AccountEngine;
  drafts(ports: DraftPorts): Drafts;
  listening(ports: ListeningPorts): ListeningFace;
  waking(ports: WakingPorts): WakingFace;
}

export interface KeyPorts {
  readonly store: Store;
  readonly api: Api;
  readonly bus: Bus;
  readonly primitives: Primitives;
  readonly catchUp: () => Promise<void>;
}

/** What seals and opens, over one key ring. */
export interface Keys {
  readonly chains: Chains;
  readonly opener: EventOpening;
  readonly events: EventSealing;
  readonly accountKeys: AccountKeys;
  readonly ownChain: OwnChain;
}

export interface AccountEngine extends AccountFace {
  /** What a revoked device does as soon as it hears of it. */
  wipeRevoked(): Promise<void>;
}
