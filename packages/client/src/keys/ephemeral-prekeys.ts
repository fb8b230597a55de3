import { fromBase64Url, toBase64Url } from '@earshot/base/encoding.ts';
import type { Id } from '@earshot/base/ids.ts';
import { type Prekey, prekeyBytes } from '@earshot/protocol/keys.ts';
import { type Chain, trustedDevices } from './chain.ts';
import type { Primitives } from './primitives.ts';
import type { Signatures } from './signatures.ts';
import { SECRET_BYTES } from './symmetric.ts';

/**
 * Keys of one device for what shall vanish. Each lives for a week and its private half is erased soon after, so that nothing sealed to it can be opened
 * by anyone later, not even with the device in hand.
 */
export type HeldPrekey = {
  readonly number: number;
  readonly seed: Uint8Array<ArrayBuffer>;
  /** By the server's clock, in milliseconds since 1970; 0 where it was not heard yet. */
  readonly made: number;
};

const LIFE = 7 * 86_400_000;
/** A sender may still have the one before: so long the private half stays after its successor was made. */
export const GRACE = 7 * 86_400_000;
/** So far a server's clock may be put back without anything becoming old by it. */
const WANDERS = 86_400_000;

export async function newPrekey(primitives: Primitives, device: Id, signingSeed: Uint8Array<ArrayBuffer>, number: number, now: number): Promise<{ readonly prekey: Prekey; readonly held: HeldPrekey }> {
  const held: HeldPrekey = { number, seed: primitives.random.bytes(SECRET_BYTES), made: now };
  return { prekey: await publicPrekey(primitives, device, signingSeed, held), held };
}

/** As others are shown it. */
export async function publicPrekey({ kem, signatures }: Primitives, device: Id, signingSeed: Uint8Array<ArrayBuffer>, { number, seed }: HeldPrekey): Promise<Prekey> {
  const key = toBase64Url(await kem.publicKey(seed));
  return { device, number, key, signature: toBase64Url(await signatures.sign(signingSeed, prekeyBytes({ device, number, key }))) };
}

/** Whether a device that this chain trusts has signed it. */
export async function isPrekeyOf(signatures: Signatures, chain: Chain, prekey: Prekey): Promise<boolean> {
  const device = trustedDevices(chain).find(({ id }) => id === prekey.device);
  return device !== undefined && (await signatures.verify(device.keys.signing, prekeyBytes(prekey), fromBase64Url(prekey.signature)));
}

/**
 * What is due, once everything that was sent to this device has been opened: the number of a new key to make (or null), and the numbers of those to erase.
 * By the server's time: a device's clock that wanders would erase what others are about to seal to. A key from the future counts as old. `grace`: so long after
 * its successor was made one is erased, in milliseconds.
 */
export function rotation(held: readonly HeldPrekey[], now: number, grace = GRACE): { readonly make: number | null; readonly erase: readonly number[] } {
  const inOrder = [...held].sort((one, other) => one.number - other.number);
  const newest = inOrder.at(-1);
  const make = newest === undefined || !within(newest.made, now, LIFE) ? (newest?.number ?? 0) + 1 : null;
  const erase = inOrder.filter((_, at) => {
    const successor = inOrder[at + 1];
    return successor !== undefined && !within(successor.made, now, grace);
  });
  return { make, erase: erase.map(({ number }) => number) };
}

/** What is from the future is as old as what is from long ago. */
export function within(since: number, now: number, span: number): boolean {
  return now >= since - WANDERS && now - since < span;
}
