import { utf8 } from '@earshot/base/encoding.ts';

/**
 * The browser's and the push service's half of web push by WebCrypto, written after the standards and sharing nothing with what
 * the server uses.
 */

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** A device as a browser has it: its keys, their public half as a point, and the secret that it shares with the sender. */
export interface Subscriber {
  readonly keys: { readonly publicKey: Key; readonly privateKey: Key };
  readonly point: Uint8Array<ArrayBuffer>;
  /** 16 bytes. */
  readonly auth: Uint8Array<ArrayBuffer>;
}

export function joinBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts));
}

/** RFC 8292: `vapid t=JWT, k=KEY`, the JWT signed with ES256. Throws for whatever a push service refuses. */
export async function verifyVapid(authorization: string): Promise<{ readonly signer: string; readonly claims: { readonly aud: string; readonly exp: number; readonly sub: string } }> {
  const [, token = '', signer = ''] = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(authorization) ?? [];
  const [header = '', claimed = '', signature = ''] = token.split('.');
  const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  const key = await crypto.subtle.importKey('raw', Buffer.from(signer, 'base64url'), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
  const right = await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, Buffer.from(signature, 'base64url'), utf8(`${header}.${claimed}`));
  if (!right) throw new Error('the signature is wrong');
  if ((read(header) as { alg?: string }).alg !== 'ES256') throw new Error('not ES256');
  const claims = read(claimed) as { aud: string; exp: number; sub: string };
  const seconds = Date.now() / 1000;
  if (!(claims.exp > seconds && claims.exp <= seconds + 86_400)) throw new Error('the token has expired, or lasts for longer than a day');
  return { signer, claims };
}

/** RFC 8291 over RFC 8188: opens what was sealed for the subscriber. Throws when it was not. */
export async function openWake(sealed: Uint8Array, { keys, point, auth }: Subscriber): Promise<string> {
  const salt = new Uint8Array(sealed.subarray(0, 16));
  const idLength = sealed[20] ?? 0;
  const sender = new Uint8Array(sealed.subarray(21, 21 + idLength));
  const record = new Uint8Array(sealed.subarray(21 + idLength));
  const theirs = await crypto.subtle.importKey('raw', sender, { name: 'ECDH', namedCurve: 'P-256' }, false, []);
  const shared = new Uint8Array(await crypto.subtle.deriveBits({ name: 'ECDH', public: theirs }, keys.privateKey, 256));
  const secret = await hkdf(shared, auth, joinBytes(utf8('WebPush: info\0'), point, sender), 32);
  const contentKey = await crypto.subtle.importKey('raw', await hkdf(secret, salt, utf8('Content-Encoding: aes128gcm\0'), 16), 'AES-GCM', false, ['decrypt']);
  const nonce = await hkdf(secret, salt, utf8('Content-Encoding: nonce\0'), 12);
  const padded = Buffer.from(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce }, contentKey, record));
  const end = padded.lastIndexOf(2);
  if (end < 0 || padded.subarray(end + 1).some((byte) => byte !== 0)) throw new Error('the last record has no delimiter');
  return padded.subarray(0, end).toString('utf8');
}

async function hkdf(secret: Uint8Array<ArrayBuffer>, salt: Uint8Array<ArrayBuffer>, info: Uint8Array<ArrayBuffer>, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info }, key, bytes * 8));
}
