import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { AccountKey, ChainChange, ChainCommand, ChainDevice, RecoveryKey } from '@earshot/protocol/keys.ts';
import { type AccountSeeds, grantAccount, newAccountKey, openAccount, sealAccountSeed, wrapPredecessor } from '../keys/account-key.ts';
import type { AccountKeys } from '../keys/account-keys.ts';
import { nextEntry, type Signer } from '../keys/chain-entries.ts';
import type { Chains } from '../keys/chains.ts';
import { accountOf, type Chain } from '../keys/chain.ts';
import { extendChain } from '../keys/device-chain.ts';
import { type KeySeeds, recoveryKeyOf } from '../keys/key-pairs.ts';
import type { Primitives } from '../keys/primitives.ts';
import type { Ring } from '../keys/ring.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import type { Api } from '../wire/api.ts';
import type { SessionRow } from './session.ts';

export interface OwnChainPorts {
  readonly store: Store;
  readonly api: Api;
  readonly primitives: Primitives;
  readonly ring: Ring;
  readonly chains: Chains;
  readonly accountKeys: AccountKeys;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** Another device of the person may extend the chain at the same time; more often than this in a row none does. */
const ROUNDS = 3;

/** Whatever changes who speaks and reads for a person: each change is one entry of her chain, with the keys that go with it. */
export class OwnChain {
  readonly #ports: OwnChainPorts;

  constructor(ports: OwnChainPorts) {
    this.#ports = ports;
  }

  /** Lets a device in that is not there yet. `seed` is that of the account key in force. */
  async add(person: Id, device: ChainDevice, signer: Signer, seedOf: (generation: number) => Promise<Bytes | null>): Promise<Chain> {
    return await this.#extend(person, async (chain) => {
      if (chain.devices.some(({ id, revoked }) => id === device.id && revoked === null)) return null;
      const { generation } = accountOf(chain);
      const grant = await sealAccountSeed(this.#ports.primitives, person, generation, await required(seedOf, generation), device);
      return { entry: await this.#entry(chain, signer, { kind: 'add', device }), grants: [grant] };
    });
  }

  /** A device that reads nothing new from now on. */
  async revoke(session: SessionRow, device: Id): Promise<Chain> {
    return await this.#withNewAccountKey(session, (chain, account) => (chain.devices.some(({ id, revoked }) => id === device && revoked === null) ? { kind: 'revoke', device, account } : null));
  }

  /** In place of all recovery keys before; nothing happens where `change` leaves them as they are. */
  async replaceRecovery(session: SessionRow, change: (before: readonly RecoveryKey[]) => readonly RecoveryKey[]): Promise<Chain> {
    return await this.#withNewAccountKey(session, ({ recovery: before }, account) => {
      const recovery = [...change(before)];
      const same = recovery.length === before.length && recovery.every(({ id }, at) => id === before[at]?.id);
      return same ? null : { kind: 'recovery', recovery, account };
    });
  }

  /** All that a recovery key opens. Rejects with `recovery.wrong` when the chain does not name it. */
  async openByRecovery(person: Id, seeds: KeySeeds, from: RecoveryKey['from']): Promise<{ readonly signer: Signer; readonly seeds: AccountSeeds }> {
    const { api, chains, primitives } = this.#ports;
    const { id } = await recoveryKeyOf(primitives, seeds, from);
    const chain = await chains.fetch(person);
    if (!chain.recovery.some((key) => key.id === id)) throw new Failure('recovery.wrong');
    const { grants, predecessors } = await api.call('keys');
    return { signer: { id, seed: seeds.signing }, seeds: await openAccount(primitives, chain, id, seeds.sealing, grants, predecessors) };
  }

  async #withNewAccountKey(session: SessionRow, change: (chain: Chain, account: AccountKey) => Exclude<ChainChange, { kind: 'genesis' }> | null): Promise<Chain> {
    const { primitives, ring, accountKeys, store } = this.#ports;
    const device = await ring.device(session);
    const { person } = session;
    return await this.#extend(person, async (chain) => {
      const before = accountOf(chain).generation;
      const seed = await required((generation) => accountKeys.seed(generation, session), before);
      const next = await newAccountKey(primitives, before + 1);
      const wanted = change(chain, next.account);
      if (wanted === null) return null;
      const entry = await this.#entry(chain, { id: device.id, seed: device.signing }, wanted);
      const after = await extendChain(primitives.signatures, chain, entry);
      await store.commit([{ put: keys.accountSeed(before + 1), value: next.seed }]);
      return { entry, grants: await grantAccount(primitives, after, next.seed), predecessor: await wrapPredecessor(primitives, person, before, seed, before + 1, next.seed) };
    });
  }

  async #extend(person: Id, make: (chain: Chain) => Promise<ChainCommand | null>): Promise<Chain> {
    const { api, chains } = this.#ports;
    for (let round = 1; ; round += 1) {
      const chain = await chains.fetch(person);
      const command = await make(chain);
      if (command === null) return chain;
      try {
        await api.call('extendChain', { body: command });
        return await chains.fetch(person);
      } catch (error) {
        if (!(error instanceof Failure) || error.code !== 'chain.refused' || round === ROUNDS) throw error;
      }
    }
  }

  #entry(chain: Chain, signer: Signer, change: Exclude<ChainChange, { kind: 'genesis' }>): ReturnType<typeof nextEntry> {
    return nextEntry(this.#ports.primitives.signatures, chain, signer, change);
  }
}

async function required(seedOf: (generation: number) => Promise<Bytes | null>, generation: number): Promise<Bytes> {
  const seed = await seedOf(generation);
  if (seed === null) throw new Failure('key.missing', { what: 'account', generation });
  return seed;
}
