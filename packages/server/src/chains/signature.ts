import { fromBase64Url } from '@earshot/base/encoding.ts';

/** Whether `signature` is one over `bytes` with the Ed25519 key `signing`, both base64url. Keys and signatures that are none fit nothing. */
export async function isSigned(signing: string, signature: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey('raw', fromBase64Url(signing), 'Ed25519', false, ['verify']);
    return await crypto.subtle.verify('Ed25519', key, fromBase64Url(signature), bytes);
  } catch (error) {
    if (error instanceof DOMException) return false;
    throw error;
  }
}
