import { hash } from 'node:crypto';
import { concat } from '@earshot/base/encoding.ts';
import type { Random } from '@earshot/base/random.ts';
import type { Kem } from '@earshot/client/keys/kem.ts';
import { sameBytes } from '@earshot/client/stores/same-value.ts';
import { Failure } from '@earshot/protocol/failures.ts';

/**
 * Cryptography for simulated worlds, which ask who opens what with which key and not how hard it is without: checksums that keep the laws of the
 * ports at a fraction of the price, and no secret. What is sealed lies open behind a checksum of its key, its purpose and itself; a signature is a checksum
 * over the public key, which whoever knows that could make as well.
 */

type Bytes = Uint8Array<ArrayBuffer>;

const PUBLIC_BYTES = 1_216;
const ENCAPSULATED_BYTES = 1_120;
const TAG_BYTES = 16;
const DIGEST_BYTES = 32;

/** The 32 bytes that follow from the seed of a signing key. */
export function quickPublic(seed: Uint8Array): Bytes {
  return digest([seed]);
}

/** 64 bytes, as the real ones have. */
export function quickSignature(publicKey: Uint8Array, message: Uint8Array): Bytes {
  const half = digest([publicKey, message]);
  return concat([half, half]);
}

/** As long as AES-GCM makes it: the plain bytes, and a tag of 16. */
export function quickSeal(key: Uint8Array, iv: Uint8Array, bound: Uint8Array, plain: Uint8Array): Bytes {
  return concat([plain, tag([key, iv, digest([bound]), plain])]);
}

/** Null when it is not that. */
export function quickOpen(key: Uint8Array, iv: Uint8Array, bound: Uint8Array, sealed: Uint8Array): Bytes | null {
  if (sealed.length < TAG_BYTES) return null;
  const plain = sealed.slice(0, -TAG_BYTES);
  return sameBytes(tag([key, iv, digest([bound]), plain]), sealed.subarray(-TAG_BYTES)) ? plain : null;
}

export function quickKem(random: Random): Kem {
  const publicKey = (seed: Bytes): Bytes => {
    const key = new Uint8Array(PUBLIC_BYTES);
    key.set(digest([seed]));
    return key;
  };
  const keyOf = (known: Bytes): Bytes => known.slice(0, DIGEST_BYTES);
  return {
    publicKey: async (seed) => publicKey(seed),
    seal: async (known, info, plain) => {
      if (known.length !== PUBLIC_BYTES) throw new Failure('request.invalid', { field: 'key' });
      const encapsulated = new Uint8Array(ENCAPSULATED_BYTES);
      encapsulated.set(random.bytes(DIGEST_BYTES));
      return concat([encapsulated, quickSeal(keyOf(known), encapsulated, info, plain)]);
    },
    open: async (seed, info, sealed) => quickOpen(keyOf(publicKey(seed)), sealed.subarray(0, ENCAPSULATED_BYTES), info, sealed.subarray(ENCAPSULATED_BYTES)),
  };
}

function tag(parts: readonly Uint8Array[]): Bytes {
  return digest(parts).slice(0, TAG_BYTES);
}

function digest(parts: readonly Uint8Array[]): Bytes {
  return new Uint8Array(hash('sha256', concat(parts), 'buffer'));
}
