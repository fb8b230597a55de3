import { createCipheriv, createDecipheriv, createHmac, createPrivateKey, createPublicKey, createSecretKey, hash, hkdfSync, type KeyObject, sign, timingSafeEqual, verify } from 'node:crypto';
import { quickOpen, quickPublic, quickSeal, quickSignature } from './quick-crypto.ts';

/**
 * The platform computes on threads, whose timing no seed replays. What it computes are pure functions: here they are computed at once; with `quick`, for keys
 * imported from now on, by checksums instead of ciphers and signatures. For the whole process, which is why only simulations call it. Only what sealing
 * needs is there.
 */
export function cryptoAtOnce(kind: 'real' | 'quick'): void {
  quick = kind === 'quick';
  for (const [name, value] of Object.entries(atOnce)) Object.defineProperty(crypto.subtle, name, { value, configurable: true });
}

type Algorithm = string | Parameters;
interface Parameters {
  readonly name: string;
  readonly iv?: BufferSource;
  readonly additionalData?: BufferSource;
  readonly salt?: BufferSource;
  readonly info?: BufferSource;
}

/** What stands behind a key that was handed out. Ciphers take a key that is an object several times as fast as the same one as bytes. */
type Material = { readonly secret: KeyObject } | { readonly private: KeyObject } | { readonly public: KeyObject } | { readonly quick: Uint8Array; readonly type: 'secret' | 'private' | 'public' };

/** The DER before the 32 bytes of a public key of Ed25519, and the length of that before a seed. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const PKCS8_BYTES = 16;
const KEY_BYTES = 32;
const TAG_BYTES = 16;

let quick = false;
const materials = new WeakMap<object, Material>();

const atOnce = {
  digest: async (algorithm: Algorithm, data: BufferSource): Promise<ArrayBuffer> => {
    if (nameOf(algorithm) !== 'SHA-256') throw new Error('assertion: only SHA-256 is hashed at once');
    return out(hash('sha256', bytes(data), 'buffer'));
  },
  importKey: async (format: string, data: BufferSource, algorithm: Algorithm, extractable: boolean, usages: readonly string[]): Promise<object> => {
    const name = nameOf(algorithm);
    return handed((quick ? quickMaterial(name, format, bytes(data)) : null) ?? realMaterial(name, format, bytes(data)), { name, extractable, usages });
  },
  exportKey: async (format: string, key: object): Promise<unknown> => {
    const material = of(key);
    if (format === 'jwk' && 'private' in material) return material.private.export({ format: 'jwk' });
    if (format === 'jwk' && 'quick' in material) return { x: Buffer.from(quickPublic(material.quick)).toString('base64url') };
    if (format === 'raw' && 'secret' in material) return out(material.secret.export());
    throw new Error(`assertion: no ${format} of this key at once`);
  },
  deriveBits: async ({ salt, info }: Parameters, key: object, length: number): Promise<ArrayBuffer> =>
    hkdfSync('sha256', secret(key), bytes(salt), bytes(info), length / 8),
  encrypt: async ({ iv, additionalData }: Parameters, key: object, data: BufferSource): Promise<ArrayBuffer> => {
    const material = of(key);
    if ('quick' in material) return quickSeal(material.quick, bytes(iv), bytes(additionalData), bytes(data)).buffer;
    const cipher = createCipheriv('aes-256-gcm', secret(key), bytes(iv));
    if (additionalData !== undefined) cipher.setAAD(bytes(additionalData));
    return out(Buffer.concat([cipher.update(bytes(data)), cipher.final(), cipher.getAuthTag()]));
  },
  decrypt: async ({ iv, additionalData }: Parameters, key: object, data: BufferSource): Promise<ArrayBuffer> => {
    const material = of(key);
    const plain = 'quick' in material ? quickOpen(material.quick, bytes(iv), bytes(additionalData), bytes(data)) : opened(secret(key), bytes(iv), additionalData, bytes(data));
    if (plain === null) throw new DOMException('it does not open', 'OperationError');
    return out(plain);
  },
  sign: async (_: Algorithm, key: object, data: BufferSource): Promise<ArrayBuffer> => {
    const material = of(key);
    if ('quick' in material) return quickSignature(quickPublic(material.quick), bytes(data)).buffer;
    return out('private' in material ? sign(null, bytes(data), material.private) : macOf(key, data));
  },
  verify: async (_: Algorithm, key: object, signature: BufferSource, data: BufferSource): Promise<boolean> => {
    const material = of(key);
    const seen = bytes(signature);
    if ('public' in material) return verify(null, bytes(data), material.public, seen);
    const fitting = 'quick' in material ? quickSignature(material.quick, bytes(data)) : macOf(key, data);
    return fitting.length === seen.length && timingSafeEqual(fitting, seen);
  },
};

/** Null for what is not quicker. */
function quickMaterial(name: string, format: string, data: Uint8Array): Material | null {
  if (name === 'AES-GCM') return { quick: data.slice(), type: 'secret' };
  if (name !== 'Ed25519') return null;
  if (format === 'pkcs8') return { quick: data.slice(PKCS8_BYTES), type: 'private' };
  return data.length === KEY_BYTES ? { quick: data.slice(), type: 'public' } : null;
}

function realMaterial(name: string, format: string, data: Uint8Array): Material {
  if (name !== 'Ed25519') return { secret: createSecretKey(data) };
  try {
    if (format === 'pkcs8') return { private: createPrivateKey({ key: Buffer.from(data), format: 'der', type: 'pkcs8' }) };
    return { public: createPublicKey({ key: Buffer.concat([SPKI, data]), format: 'der', type: 'spki' }) };
  } catch (error) {
    throw new DOMException(String(error), 'DataError');
  }
}

/** Null when it does not open. */
function opened(key: KeyObject, iv: Uint8Array, bound: BufferSource | undefined, sealed: Uint8Array): Uint8Array | null {
  const end = Math.max(0, sealed.length - TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, iv);
  if (bound !== undefined) decipher.setAAD(bytes(bound));
  try {
    decipher.setAuthTag(sealed.subarray(end));
    return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()]);
  } catch {
    return null;
  }
}

function handed(material: Material, { name, extractable, usages }: { name: string; extractable: boolean; usages: readonly string[] }): object {
  const type = 'type' in material ? material.type : 'secret' in material ? 'secret' : 'private' in material ? 'private' : 'public';
  const key = { algorithm: { name }, extractable, usages, type };
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
