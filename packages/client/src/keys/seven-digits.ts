import { concat, fromHex, utf8 } from '@earshot/base/encoding.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import type { ChainDevice, ChainHead } from '@earshot/protocol/keys.ts';
import { SECRET_BYTES } from './symmetric.ts';
import { sameBytes } from '../stores/same-value.ts';

/**
 * A new device where nothing can be scanned: both sides show seven digits, and a person compares them. Nothing is derived from the digits;
 * they only show whether both sides speak of the same keys.
 *
 *     new device   commits: SHA-256 of its keys and a nonce of its own
 *     old device   answers: a nonce of its own and the head of its chain
 *     new device   reveals: its keys and its nonce
 *     both         show:    digits of the commitment, both nonces and the head
 *
 * Whoever sits between must fix each side's part before it knows the other's, and so has one try in ten million.
 */
type Bytes = Uint8Array<ArrayBuffer>;

export function digitsNonce(random: Random): Bytes {
  return random.bytes(SECRET_BYTES);
}

export async function commitment(device: ChainDevice, nonce: Bytes): Promise<Bytes> {
  return await sha256Of(concat([utf8(`earshot digits 1 commitment${JSON.stringify([device.id, device.keys.signing, device.keys.sealing])}`), nonce]));
}

/** Whether what was revealed is what was committed to. */
export async function keepsCommitment(committed: Bytes, device: ChainDevice, nonce: Bytes): Promise<boolean> {
  return sameBytes(committed, await commitment(device, nonce));
}

export interface DigitsInput {
  readonly link: Id;
  readonly person: Id;
  readonly committed: Bytes;
  readonly newNonce: Bytes;
  readonly oldNonce: Bytes;
  /** Of the chain as the old device has it, before it adds the new one. */
  readonly head: ChainHead;
}

/** E.g. `482 1937`. */
export async function sevenDigits({ link, person, committed, newNonce, oldNonce, head }: DigitsInput): Promise<string> {
  const digest = await sha256Of(concat([utf8(`earshot digits 1 show${JSON.stringify([link, person, head.index])}`), committed, newNonce, oldNonce, fromHex(head.hash)]));
  const digits = String(new DataView(digest.buffer).getBigUint64(0) % 10_000_000n).padStart(7, '0');
  return `${digits.slice(0, 3)} ${digits.slice(3)}`;
}

async function sha256Of(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}
