import type { Random } from '@earshot/base/random.ts';
import { aesKey, aesOpen, aesSeal, type SecretKey } from './symmetric.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Seals bodies of events and what lies on a device under one key, with AES-256-GCM: nonce (12, random), ciphertext, tag (16). All adapters write the
 * same form.
 *
 * Laws (held by `cipher.contract.ts`)
 * 1. What was sealed opens to the same, only with its key and bound to the same.
 * 2. Cutting, extending or flipping is noticed.
 */
export interface Cipher {
  seal(plain: Bytes, bound: Bytes): Promise<Bytes>;
  /** Null when it is not that, not whole, or bound to something else. */
  open(sealed: Bytes, bound: Bytes): Promise<Bytes | null>;
}

/** The cipher under a secret of 32 bytes. */
export type CipherUnder = (secret: Bytes) => Cipher;

/** By the platform of pages, whose keys can be such that no script gets them out. */
export function webCipher(key: SecretKey | Promise<SecretKey>, random: Random): Cipher {
  return { seal: async (plain, bound) => await aesSeal(await key, plain, bound, random), open: async (sealed, bound) => await aesOpen(await key, sealed, bound) };
}

export const webCipherUnder = (random: Random): CipherUnder => (secret) => webCipher(aesKey(secret), random);
