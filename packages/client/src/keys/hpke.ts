import { concat } from '@earshot/base/encoding.ts';
import type { Random } from '@earshot/base/random.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { Aes256Gcm, CipherSuite, HkdfSha256, HpkeError } from '@hpke/core';
import { XWing } from '@hpke/hybridkem-x-wing';
import type { Kem } from './kem.ts';
import type { SecretKey } from './symmetric.ts';

const ENCAPSULATED_BYTES = 1_120;
/** What X-Wing's encapsulation consumes. It is drawn from the port, so that a simulated world replays. */
const ENTROPY_BYTES = 64;

export function hpkeKem(random: Random): Kem {
  const kem = new XWing();
  const suite = new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  return {
    publicKey: async (seed) => {
      // A copy of its own: the library takes the whole of what lies under a view.
      const { publicKey } = await kem.generateKeyPairDerand(seed.slice());
      return new Uint8Array(await kem.serializePublicKey(publicKey));
    },
    seal: async (publicKey, info, plain) => {
      const recipientPublicKey = await knownKey(kem.importKey('raw', publicKey.slice().buffer, true));
      const { enc, ct } = await suite.seal({ recipientPublicKey, info, ekm: random.bytes(ENTROPY_BYTES).buffer }, plain);
      return concat([new Uint8Array(enc), new Uint8Array(ct)]);
    },
    open: async (seed, info, sealed) => {
      const recipientKey = await kem.importKey('raw', seed.slice().buffer, false);
      const enc = sealed.slice(0, ENCAPSULATED_BYTES);
      try {
        return new Uint8Array(await suite.open({ recipientKey, enc, info }, sealed.subarray(ENCAPSULATED_BYTES)));
      } catch (error) {
        if (error instanceof HpkeError) return null;
        throw error;
      }
    },
  };
}

async function knownKey(importing: Promise<SecretKey>): Promise<SecretKey> {
  try {
    return await importing;
  } catch (error) {
    throw error instanceof HpkeError ? new Failure('request.invalid', { field: 'key' }, { cause: error }) : error;
  }
}
