import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, fromBase64Url, fromUtf8, toBase64Url, utf8 } from '@earshot/base/encoding.ts';
import ece from 'http_ece';
import { beginContent, contentOpener, HEADER_BYTES } from './content.ts';
import { LAST, MORE, openRecord, recordHeader, recordKeys, sealRecord } from './records.ts';
import { seededRandom } from '@earshot/base/random.ts';

const TEXT = utf8('I am the walrus');

test('[SEAL5] the records of RFC 8188, section 3.1, come out byte for byte', async () => {
  const salt = fromBase64Url('I1BsxtFttlv3u_Oo94xnmw');
  const keys = await recordKeys(fromBase64Url('yqdlZ-tYemfogSmv7Ws5PQ'), salt);
  const sealed = concat([recordHeader(salt, 4096), await sealRecord(keys, 0, TEXT, LAST)]);
  assert.equal(toBase64Url(sealed), 'I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB1PD-ly8Thjg');
  const opened = await openRecord(keys, 0, sealed.slice(HEADER_BYTES));
  assert.deepEqual(opened, { plain: TEXT, delimiter: LAST });
});

test('[SEAL5] so do those of section 3.2: several records, padding, a key id', async () => {
  const salt = fromBase64Url('uNCkWiNYzKTnBN9ji3-qWA');
  const keys = await recordKeys(fromBase64Url('BO3ZVPxUlnLORbVGMpbT1Q'), salt);
  const first = await sealRecord(keys, 0, TEXT.subarray(0, 7), MORE, 1);
  const second = await sealRecord(keys, 1, TEXT.subarray(7), LAST);
  const sealed = concat([recordHeader(salt, 25, utf8('a1')), first, second]);
  assert.equal(toBase64Url(sealed), 'uNCkWiNYzKTnBN9ji3-qWAAAABkCYTHOG8chz_gnvgOqdGYovxyjuqRyJFjEDyoF1Fvkj6hQPdPHI51OEUKEpgz3SsLWIqS_uA');
  assert.equal(fromUtf8((await openRecord(keys, 0, first))?.plain ?? new Uint8Array()), 'I am th');
  assert.equal(await openRecord(keys, 0, second), null);
});
