import { type Id, makeId } from '@earshot/base/ids.ts';
import { seededRandom } from '@earshot/base/random.ts';
import type { ChainEntry } from '@earshot/protocol/keys.ts';
import { newAccountKey } from '../account-key.ts';
import { genesisEntry, nextEntry, type Signer } from '../chain-entries.ts';
import { accountOf, type Chain } from '../chain.ts';
import { followChain } from '../device-chain.ts';
import { type KeySeeds, newSeeds, publicKeysOf, recoveryKeyOf, recoverySeeds } from '../key-pairs.ts';
import { type Primitives, primitives } from '../primitives.ts';
import { newRecoverySecret } from '../recovery-code.ts';

/** Somebody with one device and a recovery code, for tests. */
export interface Persona {
  readonly primitives: Primitives;
  readonly person: Id;
  readonly device: { readonly id: Id; readonly seeds: KeySeeds };
  readonly recovery: { readonly id: Id; readonly seeds: KeySeeds };
  /** Seed of account generation 1. */
  readonly account: Uint8Array<ArrayBuffer>;
  readonly genesis: ChainEntry;
  readonly chain: Chain;
}

export async function persona(seed: number, invitation: string | null = null): Promise<Persona> {
  const tools = primitives(seededRandom(seed));
  const person = makeId(tools.random);
  const device = { id: makeId(tools.random), seeds: newSeeds(tools.random) };
  const recoveryOwn = await recoverySeeds(newRecoverySecret(tools.random), 'code');
  const recoveryKey = await recoveryKeyOf(tools, recoveryOwn, 'code');
  const { seed: account, account: key } = await newAccountKey(tools, 1);
  const genesis = await genesisEntry(tools.signatures, device.seeds.signing, {
    person,
    device: { id: device.id, keys: await publicKeysOf(tools, device.seeds) },
    recovery: [recoveryKey],
    account: key,
    invitation,
  });
  const chain = await followChain(tools.signatures, person, null, [genesis]);
  return { primitives: tools, person, device, recovery: { id: recoveryKey.id, seeds: recoveryOwn }, account, genesis, chain };
}

export const deviceSigner = ({ device }: Pick<Persona, 'device'>): Signer => ({ id: device.id, seed: device.seeds.signing });
export const recoverySigner = ({ recovery }: Pick<Persona, 'recovery'>): Signer => ({ id: recovery.id, seed: recovery.seeds.signing });

/** A further device, and the entry by which `signer` adds it behind `chain`. */
export async function furtherDevice({ primitives: tools }: Persona, chain: Chain, signer: Signer): Promise<{ readonly device: Persona['device']; readonly entry: ChainEntry }> {
  const device = { id: makeId(tools.random), seeds: newSeeds(tools.random) };
  const entry = await nextEntry(tools.signatures, chain, signer, { kind: 'add', device: { id: device.id, keys: await publicKeysOf(tools, device.seeds) } });
  return { device, entry };
}

/** The entry by which `signer` revokes a device, with the seed of the next account key. */
export async function revocation({ primitives: tools }: Persona, chain: Chain, signer: Signer, device: Id): Promise<{ readonly entry: ChainEntry; readonly seed: Uint8Array<ArrayBuffer> }> {
  const { seed, account } = await newAccountKey(tools, accountOf(chain).generation + 1);
  return { seed, entry: await nextEntry(tools.signatures, chain, signer, { kind: 'revoke', device, account }) };
}
