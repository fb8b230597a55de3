import type { Random } from '@earshot/base/random.ts';
import { aesOpen, aesSeal, type SecretKey } from '../keys/symmetric.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Seals what lies on a device, with AES-256-GCM: nonce (12, random), ciphertext, tag (16). All adapters write the same form.
 *
 * Laws (held by `row-cipher.contract.ts`)
 * 1. What was sealed opens to the same, only with its key and bound to the same.
 * 2. Cutting, extending or flipping is noticed.
 */
export interface RowCipher {
  seal(plain: Bytes, bound: Bytes): Promise<Bytes>;
  /** Null when it is not that, not whole, or bound to something else. */
  open(sealed: Bytes, bound: Bytes): Promise<Bytes | null>;
}

/** By the platform of pages, whose keys can be such that no script gets them out. */
export function webRowCipher(key: SecretKey, random: Random): RowCipher {
  return { seal: (plain, bound) => aesSeal(key, plain, bound, random), open: (sealed, bound) => aesOpen(key, sealed, bound) };
}
