import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '@earshot/base/encoding.ts';
import { systemRandom } from '@earshot/base/random.ts';
import { aesKey } from '../keys/symmetric.ts';
import { rowCipherContract } from './row-cipher.contract.ts';
import { nodeRowCipher } from './row-cipher.node.ts';
import { webRowCipher } from './row-cipher.ts';

rowCipherContract('cipher of Node', async (secret) => nodeRowCipher(secret, systemRandom));
rowCipherContract('cipher of pages', async (secret) => webRowCipher(await aesKey(secret), systemRandom));

test('[REST2] both write the same form', async () => {
  const secret = new Uint8Array(32).fill(9);
  const [node, web] = [nodeRowCipher(secret, systemRandom), webRowCipher(await aesKey(secret), systemRandom)];
  const bound = utf8('r/row');
  assert.deepEqual(await web.open(await node.seal(utf8('one'), bound), bound), utf8('one'));
  assert.deepEqual(await node.open(await web.seal(utf8('other'), bound), bound), utf8('other'));
});
