import type { Random } from '@earshot/base/random.ts';

/**
 * Sealing to somebody's public key: HPKE (RFC 9180) in base mode with X-Wing, HKDF-SHA256 and AES-256-GCM. A private key is its 32-byte seed.
 *
 * Laws (held by `kem.contract.ts`)
 * 1. What was sealed opens to the same, only with the seed of that public key and only under the same `info`.
 * 2. Cutting, extending or flipping is noticed.
 * 3. Who sealed is not told: what is sealed must be bound to something signed.
 */
export interface Kem {
  /** 1,216 bytes that follow from the seed. */
  publicKey(seed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
  /** The encapsulated key (1,120) and the ciphertext with its tag (16). Throws `request.invalid` when `publicKey` is none. */
  seal(publicKey: Uint8Array<ArrayBuffer>, info: Uint8Array<ArrayBuffer>, plain: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
  /** Null when it was not sealed to this seed under this `info`, or is not whole. */
  open(seed: Uint8Array<ArrayBuffer>, info: Uint8Array<ArrayBuffer>, sealed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | null>;
}

/** Neither showing nor recording needs it: it is loaded when the first key is sealed or opened. */
export function lazyKem(random: Random): Kem {
  let loading: Promise<Kem> | null = null;
  const loaded = (): Promise<Kem> => (loading ??= import('./hpke.ts').then(({ hpkeKem }) => hpkeKem(random), (error: unknown) => {
    // The next try may be luckier: a chunk of the page that did not arrive is asked for again.
    loading = null;
    throw error;
  }));
  return {
    publicKey: async (seed) => (await loaded()).publicKey(seed),
    seal: async (publicKey, info, plain) => (await loaded()).seal(publicKey, info, plain),
    open: async (seed, info, sealed) => (await loaded()).open(seed, info, sealed),
  };
}
