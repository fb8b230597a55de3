import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toBase64Url, toHex } from '@earshot/base/encoding.ts';
import { signaturesContract } from './signatures.contract.ts';
import { platformSignatures } from './signatures.ts';

const signatures = platformSignatures();

signaturesContract('signatures of the platform', signatures);

test('[SIGN1] the second test of RFC 8032 comes out byte for byte', async () => {
  const seed = fromHex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb');
  const message = Uint8Array.of(0x72);
  const publicKey = await signatures.publicKey(seed);
  assert.equal(publicKey, toBase64Url(fromHex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c')));
  const signature = await signatures.sign(seed, message);
  assert.equal(toHex(signature), '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00');
  assert.equal(await signatures.verify(publicKey, message, signature), true);
});
