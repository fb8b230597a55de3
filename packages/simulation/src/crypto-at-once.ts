import { createCipheriv, createDecipheriv, createHmac, createPrivateKey, createPublicKey, createSecretKey, hash, hkdfSync, type KeyObject, sign, timingSafeEqual, verify } from 'node:crypto';

/**
 * The platform computes on threads, whose timing no seed replays. What it computes are pure functions: here they are computed at once.
 * For the whole process, which is why only simulations call it. Only what sealing needs is there.
 */
export function cryptoAtOnce(): void {
  for (const [name, value] of Object.entries(atOnce)) Object.defineProperty(crypto.subtle, name, { value, configurable: true });
}

type Algorithm = string | { readonly name: string; readonly iv?: BufferSource; readonly additionalData?: BufferSource; readonly salt?: BufferSource; readonly info?: BufferSource };

/** What stands behind a key that was handed out. Ciphers take a key that is an object several times as fast as the same one as bytes. */
type Material = { readonly secret: KeyObject } | { readonly private: KeyObject } | { readonly public: KeyObject };

/** The DER before the 32 bytes of a public key of Ed25519. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const TAG_BYTES = 16;

const materials = new WeakMap<object, Material>();

const atOnce = {
  digest: async (algorithm: Algorithm, data: BufferSource): Promise<ArrayBuffer> => {
    if (nameOf(algorithm) !== 'SHA-256') throw new Error('assertion: only SHA-256 is hashed at once');
    return out(hash('sha256', bytes(data), 'buffer'));
  },
  importKey: async (format: string, data: BufferSource, algorithm: Algorithm, extractable: boolean, usages: readonly string[]): Promise<object> => {
    const name = nameOf(algorithm);
    return handed(name === 'Ed25519' ? signingKey(format, bytes(data)) : { secret: createSecretKey(bytes(data)) }, { name, extractable, usages });
  },
  exportKey: async (format: string, key: object): Promise<unknown> => {
    const material = of(key);
    if (format === 'jwk' && 'private' in material) return material.private.export({ format: 'jwk' });
    if (format === 'raw' && 'secret' in material) return out(material.secret.export());
    throw new Error(`assertion: no ${format} of this key at once`);
  },
  deriveBits: async ({ salt, info }: Exclude<Algorithm, string>, key: object, length: number): Promise<ArrayBuffer> =>
    hkdfSync('sha256', secret(key), bytes(salt), bytes(info), length / 8),
  encrypt: async ({ iv, additionalData }: Exclude<Algorithm, string>, key: object, data: BufferSource): Promise<ArrayBuffer> => {
    const cipher = createCipheriv('aes-256-gcm', secret(key), bytes(iv));
    if (additionalData !== undefined) cipher.setAAD(bytes(additionalData));
    return out(Buffer.concat([cipher.update(bytes(data)), cipher.final(), cipher.getAuthTag()]));
  },
  decrypt: async ({ iv, additionalData }: Exclude<Algorithm, string>, key: object, data: BufferSource): Promise<ArrayBuffer> => {
    const sealed = bytes(data);
    const end = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv('aes-256-gcm', secret(key), bytes(iv));
    if (additionalData !== undefined) decipher.setAAD(bytes(additionalData));
    try {
      decipher.setAuthTag(sealed.subarray(Math.max(0, end)));
      return out(Buffer.concat([decipher.update(sealed.subarray(0, Math.max(0, end))), decipher.final()]));
    } catch (error) {
      throw new DOMException(String(error), 'OperationError');
    }
  },
  sign: async (_: Algorithm, key: object, data: BufferSource): Promise<ArrayBuffer> => {
    const material = of(key);
    return out('private' in material ? sign(null, bytes(data), material.private) : macOf(key, data));
  },
  verify: async (_: Algorithm, key: object, signature: BufferSource, data: BufferSource): Promise<boolean> => {
    const material = of(key);
    if ('public' in material) return verify(null, bytes(data), material.public, bytes(signature));
    const [mac, seen] = [macOf(key, data), bytes(signature)];
    return mac.length === seen.length && timingSafeEqual(mac, seen);
  },
};

function signingKey(format: string, data: Uint8Array): Material {
  try {
    if (format === 'pkcs8') return { private: createPrivateKey({ key: Buffer.from(data), format: 'der', type: 'pkcs8' }) };
    return { public: createPublicKey({ key: Buffer.concat([SPKI, data]), format: 'der', type: 'spki' }) };
  } catch (error) {
    throw new DOMException(String(error), 'DataError');
  }
}

function handed(material: Material, { name, extractable, usages }: { name: string; extractable: boolean; usages: readonly string[] }): object {
  const key = { algorithm: { name }, extractable, usages, type: 'secret' in material ? 'secret' : 'private' in material ? 'private' : 'public' };
  materials.set(key, material);
  return key;
}

function of(key: object): Material {
  const material = materials.get(key);
  if (material === undefined) throw new Error('assertion: a key of another time');
  return material;
}

function secret(key: object): KeyObject {
  const material = of(key);
  if (!('secret' in material)) throw new Error('assertion: not a secret key');
  return material.secret;
}

function macOf(key: object, data: BufferSource): Buffer {
  return createHmac('sha256', secret(key)).update(bytes(data)).digest();
}

function nameOf(algorithm: Algorithm): string {
  return typeof algorithm === 'string' ? algorithm : algorithm.name;
}

function bytes(data: BufferSource | undefined): Uint8Array {
  if (data === undefined) return new Uint8Array();
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
}

/** A buffer of its own: those of Node share one with others. */
function out(data: Uint8Array): ArrayBuffer {
  return new Uint8Array(data).buffer;
}
