import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@earshot/base/random.ts';
import { framingSealer, HEADER_BYTES, PLAIN_BYTES, RECORD_BYTES } from './framing-sealer.ts';
import { sealerContract } from './sealer.contract.ts';

sealerContract('framing sealer', () => framingSealer(seededRandom(1)));

test('[SEAL4] a blob has the geometry of RFC 8188 with records of 4096 bytes', async () => {
  const blob = await framingSealer(seededRandom(1)).beginBlob();
  assert.equal((await blob.push(new Uint8Array(PLAIN_BYTES - 1))).length, 0);
  assert.equal((await blob.push(new Uint8Array(1))).length, HEADER_BYTES + RECORD_BYTES);
  assert.equal((await blob.push(new Uint8Array(10))).length, 0);
  assert.equal((await blob.finish()).length, 10 + 1 + 16);
});
