import { concat, utf8 } from '@earshot/base/encoding.ts';
import { aesDecrypt, aesKey, hkdf, type SecretKey } from './symmetric.ts';

/**
 * Records of RFC 8188 (encrypted content-encoding): a long content sealed in pieces of one size, of which each opens by itself.
 *
 *     content = header | record | record | ... | last record
 *     header  = salt (16) | record size (4, big-endian) | length of key id (1) | key id
 *     record  = AES-GCM(plain | delimiter | padding) with its tag (16); the delimiter is 1, in the last record 2
 *
 * The key and the nonce of a record follow from the content's key, its salt and the record's number. The RFC names AES-128 only; with a key of 32
 * bytes everything is the same but for the name of the cipher in the derivation, and its length.
 */
type Bytes = Uint8Array<ArrayBuffer>;

export const SALT_BYTES = 16;
export const TAG_BYTES = 16;
export const MORE = 1;
export const LAST = 2;

export interface RecordKeys {
  readonly key: SecretKey;
  readonly nonce: Bytes;
}

/** `secret` has 16 bytes (AES-128, as in the RFC) or 32 (AES-256). */
export async function recordKeys(secret: Bytes, salt: Bytes): Promise<RecordKeys> {
  const key = await aesKey(hkdf(secret, salt, utf8(`Content-Encoding: aes${secret.length * 8}gcm\0`), secret.length));
  return { key, nonce: hkdf(secret, salt, utf8('Content-Encoding: nonce\0'), 12) };
}

export function recordHeader(salt: Bytes, recordBytes: number, keyId: Bytes = new Uint8Array()): Bytes {
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, recordBytes);
  return concat([salt, size, Uint8Array.of(keyId.length), keyId]);
}

export async function sealRecord({ key, nonce }: RecordKeys, number: number, plain: Uint8Array, delimiter: number, padding = 0): Promise<Bytes> {
  const padded = new Uint8Array(plain.length + 1 + padding);
  padded.set(plain);
  padded[plain.length] = delimiter;
  return new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonceOf(nonce, number) }, key, padded));
}

/** Null when it is not the record of this number, or not whole. */
export async function openRecord({ key, nonce }: RecordKeys, number: number, record: Bytes): Promise<{ readonly plain: Bytes; readonly delimiter: number } | null> {
  const padded = record.length < TAG_BYTES ? null : await aesDecrypt(key, nonceOf(nonce, number), record);
  if (padded === null) return null;
  const end = padded.findLastIndex((byte) => byte !== 0);
  return end < 0 ? null : { plain: padded.subarray(0, end), delimiter: padded[end] ?? 0 };
}

/** The nonce with the record's number in its last bytes, by exclusive or. */
function nonceOf(base: Bytes, number: number): Bytes {
  const nonce = base.slice();
  const view = new DataView(nonce.buffer);
  view.setBigUint64(4, view.getBigUint64(4) ^ BigInt(number));
  return nonce;
}
