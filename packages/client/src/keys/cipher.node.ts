import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto';
import { concat } from '@earshot/base/encoding.ts';
import type { Random } from '@earshot/base/random.ts';
import type { Cipher, CipherUnder } from './cipher.ts';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * By Node itself: what is sealed is small and much, and takes a tenth of the time that it takes to go through the platform's threads; and a quarter of the
 * time under a key that is an object, compared with its bytes.
 */
export function nodeCipher(secret: Uint8Array<ArrayBuffer>, random: Random): Cipher {
  const key = createSecretKey(secret);
  return {
    seal: async (plain, bound) => {
      const nonce = random.bytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(bound);
      return concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open: async (sealed, bound) => {
      if (sealed.length < NONCE_BYTES + TAG_BYTES) return null;
      const cipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES)).setAAD(bound).setAuthTag(sealed.subarray(-TAG_BYTES));
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

export const nodeCipherUnder = (random: Random): CipherUnder => (secret) => nodeCipher(secret, random);
