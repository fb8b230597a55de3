import { type Id, makeId } from '@earshot/base/ids.ts';
import type { ChainCommand } from '@earshot/protocol/keys.ts';
import { sealAccountSeed } from '../keys/account-key.ts';
import { genesisEntry } from '../keys/chain-entries.ts';
import type { Chain } from '../keys/chain.ts';
import { newSeeds, publicKeysOf, recoveryKeyOf, recoverySeeds } from '../keys/key-pairs.ts';
import type { Primitives } from '../keys/primitives.ts';
import { newRecoverySecret } from '../keys/recovery-code.ts';
import type { DeviceRow } from '../keys/ring.ts';
import { SECRET_BYTES } from '../keys/symmetric.ts';
import type { Change, Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import { toBase64Url } from '@earshot/base/encoding.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** What somebody who has no keys yet makes before she asks to be let in, or to begin anew: kept, so that the same attempt again is the same person. */
export type JoiningRow = {
  readonly attempt: string;
  readonly person: Id;
  readonly device: DeviceRow;
  /** Of the recovery code. */
  readonly recovery: Bytes;
  /** Of the first account key. */
  readonly seed: Bytes;
};

export async function joiningFor(store: Store, { random }: Primitives, attempt: string): Promise<JoiningRow> {
  const known = (await store.get(keys.joining)) as JoiningRow | undefined;
  if (known?.attempt === attempt) return known;
  const row: JoiningRow = { attempt, person: makeId(random), device: { id: makeId(random), ...newSeeds(random) }, recovery: newRecoverySecret(random), seed: random.bytes(SECRET_BYTES) };
  await store.commit([{ put: keys.joining, value: row }]);
  return row;
}

/** The first entry of a person's chain. `invitation`: the secret of somebody's invitation; null for an operator's. */
export async function genesisOf(primitives: Primitives, { person, device, recovery, seed }: JoiningRow, invitation: string | null): Promise<ChainCommand> {
  const own = { id: device.id, keys: await publicKeysOf(primitives, device) };
  const code = await recoveryKeyOf(primitives, await recoverySeeds(recovery, 'code'), 'code');
  const account = { generation: 1, key: toBase64Url(await primitives.kem.publicKey(seed)) };
  return {
    entry: await genesisEntry(primitives.signatures, device.signing, { person, device: own, recovery: [code], account, invitation }),
    grants: await Promise.all([own, code].map((to) => sealAccountSeed(primitives, person, 1, seed, to))),
  };
}

/** What goes onto the ring of a device with which a chain began. */
export function ringOf({ device, seed, recovery }: JoiningRow, chain: Chain): Change[] {
  return [{ put: keys.deviceKeys, value: device }, { put: keys.accountSeed(1), value: seed }, { put: keys.recovery, value: recovery }, { put: keys.chain(chain.person), value: chain }];
}
