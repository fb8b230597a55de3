import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '@earshot/base/encoding.ts';
import { seededRandom } from '@earshot/base/random.ts';
import { kemContract } from './kem.contract.ts';
import { lazyKem } from './kem.ts';

kemContract('HPKE with X-Wing', lazyKem(seededRandom(1)));

test('[BOX2] the public key of the first test vector of X-Wing comes out', async () => {
  const seed = Uint8Array.from(Buffer.from('7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26', 'hex'));
  const publicKey = toHex(await lazyKem(seededRandom(1)).publicKey(seed));
  assert(publicKey.startsWith('e2236b35a8c24b39b10aa1323a96a919a2ced88400633a7b07131713fc14b2b5'), publicKey.slice(0, 64));
});

test('[BOX2] what is sealed follows from the randomness that comes in', async () => {
  const sealed = async (): Promise<string> => {
    const kem = lazyKem(seededRandom(3));
    return toHex(await kem.seal(await kem.publicKey(new Uint8Array(32)), new Uint8Array(), new Uint8Array(4)));
  };
  assert.equal(await sealed(), await sealed());
});
