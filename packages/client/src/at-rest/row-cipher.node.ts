import { createCipheriv, createDecipheriv } from 'node:crypto';
import { concat } from '@earshot/base/encoding.ts';
import type { Random } from '@earshot/base/random.ts';
import type { RowCipher } from './row-cipher.ts';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** By Node itself: rows are small and many, and each takes a tenth of the time that it takes to go through the platform's threads. */
export function nodeRowCipher(secret: Uint8Array<ArrayBuffer>, random: Random): RowCipher {
  return {
    seal: async (plain, bound) => {
      const nonce = random.bytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, secret, nonce).setAAD(bound);
      return concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open: async (sealed, bound) => {
      if (sealed.length < NONCE_BYTES + TAG_BYTES) return null;
      const cipher = createDecipheriv(ALGORITHM, secret, sealed.subarray(0, NONCE_BYTES)).setAAD(bound).setAuthTag(sealed.subarray(-TAG_BYTES));
      const plain = cipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
      try {
        return concat([plain, cipher.final()]);
      } catch (error) {
        // It says only that it does not fit, and never why.
        if (error instanceof Error && !('code' in error && error.code !== 'ERR_OSSL_BAD_DECRYPT')) return null;
        throw error;
      }
    },
  };
}
