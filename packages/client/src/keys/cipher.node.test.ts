import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '@earshot/base/encoding.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { aesKey } from './symmetric.ts';
import { cipherContract } from './cipher.contract.ts';
import { nodeCipher } from './cipher.node.ts';
import { webCipher } from './cipher.ts';

cipherContract('cipher of Node', async (secret) => nodeCipher(secret, systemRandom));
cipherContract('cipher of pages', async (secret) => webCipher(await aesKey(secret), systemRandom));

test('[REST2] both write the same form', async () => {
  const secret = new Uint8Array(32).fill(9);
  const [node, web] = [nodeCipher(secret, systemRandom), webCipher(await aesKey(secret), systemRandom)];
  const bound = utf8('r/row');
  assert.deepEqual(await web.open(await node.seal(utf8('one'), bound), bound), utf8('one'));
  assert.deepEqual(await node.open(await web.seal(utf8('other'), bound), bound), utf8('other'));
});
