import { concat, fromBase64Url, toBase64Url } from '@earshot/base/encoding.ts';
import type { SecretKey } from './symmetric.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Ed25519 (RFC 8032). A private key is its 32-byte seed. */
export interface Signatures {
  /** 32 bytes that follow from the seed, in base64url. */
  publicKey(seed: Bytes): Promise<string>;
  /** 64 bytes, equal for equal input. */
  sign(seed: Bytes, message: Bytes): Promise<Bytes>;
  /** False also for what is no key and no signature at all. */
  verify(publicKey: string, message: Bytes, signature: Bytes): Promise<boolean>;
}

export const SIGNATURE_BYTES = 64;

/** The DER before the seed in a PKCS #8 private key: the only form in which the platform takes one. */
const PKCS8 = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20);
/** Imported keys kept at hand: those of the people of some large groups. */
const KEYS_KEPT = 1_024;

/** The platform's. Chromium, Firefox, WebKit and Node all have it. */
export function platformSignatures(): Signatures {
  const privateKeys = new Map<string, Promise<SecretKey>>();
  const publicKeys = new Map<string, Promise<SecretKey | null>>();
  const privateKey = (seed: Bytes): Promise<SecretKey> =>
    kept(privateKeys, toBase64Url(seed), () => crypto.subtle.importKey('pkcs8', concat([PKCS8, seed]), 'Ed25519', true, ['sign']));
  return {
    publicKey: async (seed) => {
      const { x } = await crypto.subtle.exportKey('jwk', await privateKey(seed));
      if (x === undefined) throw new Error('assertion: a private key of Ed25519 has its public half');
      return x;
    },
    sign: async (seed, message) => new Uint8Array(await crypto.subtle.sign('Ed25519', await privateKey(seed), message)),
    verify: async (publicKey, message, signature) => {
      const key = await kept(publicKeys, publicKey, () => imported(publicKey));
      return key !== null && signature.length === SIGNATURE_BYTES && (await crypto.subtle.verify('Ed25519', key, signature, message));
    },
  };
}

async function imported(publicKey: string): Promise<SecretKey | null> {
  if (!/^[\w-]{43}$/.test(publicKey)) return null;
  try {
    return await crypto.subtle.importKey('raw', fromBase64Url(publicKey), 'Ed25519', false, ['verify']);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'DataError') return null;
    throw error;
  }
}

function kept<T>(cache: Map<string, T>, name: string, make: () => T): T {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const [oldest] = cache.keys();
  if (cache.size >= KEYS_KEPT && oldest !== undefined) cache.delete(oldest);
  const made = make();
  cache.set(name, made);
  return made;
}
