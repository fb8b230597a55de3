import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '@earshot/base/encoding.ts';
import { seededRandom } from '@earshot/base/random.ts';
import { cipherContract } from '@earshot/client/keys/cipher.contract.ts';
import { webCipherUnder } from '@earshot/client/keys/cipher.ts';
import { kemContract } from '@earshot/client/keys/kem.contract.ts';
import { signaturesContract } from '@earshot/client/keys/signatures.contract.ts';
import { platformSignatures } from '@earshot/client/keys/signatures.ts';
import { cryptoAtOnce } from './crypto-at-once.ts';
import { quickKem } from './quick-crypto.ts';
import { hasRealCrypto } from './run.ts';

cryptoAtOnce('quick');
const random = seededRandom(7);

kemContract('quick checksums', quickKem(random));
signaturesContract('quick checksums', platformSignatures());
cipherContract('quick checksums', async (secret) => webCipherUnder(random)(secret));

test('[SIM7] quick and real cryptography write forms of the same length, and neither opens what the other sealed', async () => {
  const [secret, bound] = [new Uint8Array(32).fill(3), utf8('place')];
  const sealed: Uint8Array<ArrayBuffer>[] = [];
  for (const kind of ['quick', 'real'] as const) {
    cryptoAtOnce(kind);
    sealed.push(await webCipherUnder(random)(secret).seal(utf8('said'), bound));
  }
  assert.equal(sealed[0]?.length, sealed[1]?.length);
  assert.equal(await webCipherUnder(random)(secret).open(sealed[0] ?? bound, bound), null);
});

test('[SIM7] one world in twenty plays with the real cryptography', () => {
  assert.deepEqual(Array.from({ length: 41 }, (_, seed) => seed).filter(hasRealCrypto), [0, 20, 40]);
});
