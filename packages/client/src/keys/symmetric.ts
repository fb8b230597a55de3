import { hkdf as extractAndExpand } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, utf8 } from '@earshot/base/encoding.ts';
import type { Random } from '@earshot/base/random.ts';

/** The secret-key half of everything sealed: HKDF-SHA256 (RFC 5869); HMAC-SHA256 and AES-256-GCM of the platform. */

type Bytes = Uint8Array<ArrayBuffer>;

/** A key as the platform holds it. Not every platform's types have a name for it. */
export type SecretKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

const NONCE_BYTES = 12;
export const SECRET_BYTES = 32;

/** `length` bytes that follow from `secret` for one purpose. Two purposes never share a label; `context` binds to what it is for. */
export function derive(secret: Bytes, label: string, context: Uint8Array = new Uint8Array(), length: number = SECRET_BYTES): Bytes {
  return hkdf(secret, new Uint8Array(), concat([utf8(`earshot ${label}\0`), context]), length);
}

/** Computed here: the platform would take a thread for it, twice for each event, and that costs more than the hashing. */
export function hkdf(secret: Bytes, salt: Bytes, info: Bytes, length: number): Bytes {
  return new Uint8Array(extractAndExpand(sha256, secret, salt, info, length));
}

export async function mac(secret: Bytes, message: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', await macKey(secret), message));
}

/** Compares in constant time. */
export async function macFits(secret: Bytes, message: Bytes, seen: Bytes): Promise<boolean> {
  return await crypto.subtle.verify('HMAC', await macKey(secret), seen, message);
}

async function macKey(secret: Bytes): Promise<SecretKey> {
  return await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
}

export async function aesKey(secret: Bytes): Promise<SecretKey> {
  return await crypto.subtle.importKey('raw', secret, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

/** Nonce (12, random), ciphertext and tag (16). One key seals far fewer than 2^32 things, so random nonces do not meet. */
export async function aesSeal(key: SecretKey, plain: Bytes, bound: Bytes, random: Random): Promise<Bytes> {
  const iv = random.bytes(NONCE_BYTES);
  return concat([iv, new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: bound }, key, plain))]);
}

/** What `aesSeal` sealed; null when it is not that, not whole, or bound to something else. */
export async function aesOpen(key: SecretKey, sealed: Bytes, bound: Bytes): Promise<Bytes | null> {
  const iv = sealed.subarray(0, NONCE_BYTES);
  if (iv.length < NONCE_BYTES) return null;
  return await aesDecrypt(key, iv, sealed.subarray(NONCE_BYTES), bound);
}

/** The platform says only that opening failed, and never why: so does null. */
export async function aesDecrypt(key: SecretKey, iv: Bytes, sealed: Bytes, bound?: Bytes): Promise<Bytes | null> {
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv, ...(bound && { additionalData: bound }) }, key, sealed));
  } catch (error) {
    if (error instanceof DOMException && error.name === 'OperationError') return null;
    throw error;
  }
}
