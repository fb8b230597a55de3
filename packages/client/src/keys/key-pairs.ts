import { toBase64Url } from '@earshot/base/encoding.ts';
import type { Random } from '@earshot/base/random.ts';
import { type PublicKeys, recoveryId, type RecoveryKey } from '@earshot/protocol/keys.ts';
import type { Primitives } from './primitives.ts';
import { derive, SECRET_BYTES } from './symmetric.ts';

/** The private halves of a device or of a recovery key: whoever has them signs as it and opens what is sealed to it. */
export type KeySeeds = {
  readonly signing: Uint8Array<ArrayBuffer>;
  readonly sealing: Uint8Array<ArrayBuffer>;
};

export function newSeeds(random: Random): KeySeeds {
  return { signing: random.bytes(SECRET_BYTES), sealing: random.bytes(SECRET_BYTES) };
}

/** The seeds of a recovery key: from the secret of a recovery code (16 bytes), or from what a passkey's PRF gives (32). */
export async function recoverySeeds(secret: Uint8Array<ArrayBuffer>, from: RecoveryKey['from']): Promise<KeySeeds> {
  return { signing: derive(secret, `recovery 1 ${from} signing`), sealing: derive(secret, `recovery 1 ${from} sealing`) };
}

export async function publicKeysOf({ kem, signatures }: Primitives, { signing, sealing }: KeySeeds): Promise<PublicKeys> {
  return { signing: await signatures.publicKey(signing), sealing: toBase64Url(await kem.publicKey(sealing)) };
}

export async function recoveryKeyOf(primitives: Primitives, seeds: KeySeeds, from: RecoveryKey['from']): Promise<RecoveryKey> {
  const keys = await publicKeysOf(primitives, seeds);
  return { id: await recoveryId(keys), keys, from };
}
