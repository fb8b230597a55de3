import type { Id } from '@earshot/base/ids.ts';
import { padded } from './keys.ts';

/** Rows that only sealing and opening of what shall vanish touch: apart, so that the page is there without them (see `keys.ts`). */
export const ephemeralRows = {
  ownEphemeral: (log: Id): string => `k/ephemeral/own/${log}`,
  ephemeralFrom: (log: Id, device: Id): string => `k/ephemeral/from/${log}/${device}`,
  ephemeralChain: (log: Id, chain: Id): string => `k/ephemeral/chain/${log}/${chain}`,
  prekey: (device: Id, number: number): string => `k/prekey/${device}/${padded(number)}`,
} as const;
