import { Failure } from '@earshot/protocol/failures.ts';
import { isHers } from '../account/hers.ts';
import type { SessionRow } from '../account/session.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import { type Transaction, transact } from '../stores/transaction.ts';
import type { Api } from '../wire/api.ts';
import { openAccount, type AccountSeeds } from './account-key.ts';
import type { Chains } from './chains.ts';
import type { Primitives } from './primitives.ts';
import type { Ring } from './ring.ts';

export interface AccountKeyPorts {
  readonly store: Store;
  readonly api: Api;
  readonly primitives: Primitives;
  readonly ring: Ring;
  readonly chains: Chains;
}

/** The seeds of one's own account key: those on the ring, and those that were sealed to this device since. */
export class AccountKeys {
  readonly #ports: AccountKeyPorts;

  constructor(ports: AccountKeyPorts) {
    this.#ports = ports;
  }

  /** Null when it is not on this device. */
  held(generation: number): Promise<Uint8Array<ArrayBuffer> | null> {
    return this.#ports.ring.accountSeed(generation);
  }

  /** Null when nobody gave it to this device. Rejects with a network code. */
  async seed(generation: number, session: SessionRow): Promise<Uint8Array<ArrayBuffer> | null> {
    const { ring, chains, api, primitives, store } = this.#ports;
    const known = await ring.accountSeed(generation);
    if (known !== null) return known;
    const device = await ring.device(session);
    const { grants, predecessors } = await api.call('keys');
    const chain = await chains.fetch(session.person);
    if (!chain.devices.some(({ id, revoked }) => id === device.id && revoked === null)) throw new Failure('device.locked', { device: device.id });
    const seeds = await openAccount(primitives, chain, device.id, device.sealing, grants, predecessors);
    await transact(store, async (transaction) => {
      // Whoever comes next would take them for her own.
      if (await isHers(transaction, session.person)) putSeeds(transaction, seeds);
    });
    return seeds.get(generation) ?? null;
  }
}

export function putSeeds(transaction: Transaction, seeds: AccountSeeds): void {
  for (const [generation, value] of seeds) transaction.put(keys.accountSeed(generation), value);
}
