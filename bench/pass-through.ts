import { concat } from '@earshot/base/encoding.ts';
import { SIGNATURE_BYTES } from '@earshot/client/keys/signatures.ts';
import type { Cipher } from '@earshot/client/keys/cipher.ts';
import type { Primitives } from '@earshot/client/keys/primitives.ts';

/**
 * A client in which nothing of what travels is sealed or signed while the switch is on, to measure what sealing costs. It exists in this measurement only.
 * Keys are derived all the same, and what lies on the disk is sealed as ever.
 */
let passing = false;

const TAG_BYTES = 16;

export function passThrough(on: boolean): void {
  passing = on;
}

const plainCipher: Cipher = { seal: async (plain) => plain.slice(), open: async (sealed) => sealed.slice() };

/** Real until the switch is on. Sound is sealed by the platform, which is switched for the whole process. */
export function switchable({ signatures, cipher, ...rest }: Primitives): Primitives {
  switchPlatform();
  return {
    ...rest,
    cipher: (secret) => (passing ? plainCipher : cipher(secret)),
    signatures: {
      publicKey: (seed) => signatures.publicKey(seed),
      sign: async (seed, message) => (passing ? new Uint8Array(SIGNATURE_BYTES) : await signatures.sign(seed, message)),
      verify: async (key, message, signature) => passing || (await signatures.verify(key, message, signature)),
    },
  };
}

type Subtle = typeof crypto.subtle;

function switchPlatform(): void {
  const encrypt = crypto.subtle.encrypt.bind(crypto.subtle);
  const decrypt = crypto.subtle.decrypt.bind(crypto.subtle);
  const bytes = (data: Parameters<Subtle['encrypt']>[2]): Uint8Array<ArrayBuffer> => (ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data));
  const passed: Pick<Subtle, 'encrypt' | 'decrypt'> = {
    encrypt: async (how, key, data) => (passing ? concat([bytes(data), new Uint8Array(TAG_BYTES)]).buffer : await encrypt(how, key, data)),
    decrypt: async (how, key, data) => (passing ? bytes(data).slice(0, -TAG_BYTES).buffer : await decrypt(how, key, data)),
  };
  for (const [name, value] of Object.entries(passed)) Object.defineProperty(crypto.subtle, name, { value, configurable: true });
}
