import assert from 'node:assert/strict';
import { createDecipheriv, hkdfSync } from 'node:crypto';
import { test } from 'node:test';
import { concat, fromBase64Url, fromUtf8, toBase64Url, utf8 } from '@earshot/base/encoding.ts';
import ece from 'http_ece';
import { HEADER_BYTES, RECORD_BYTES, sealContent } from './content.ts';
import { LAST, MORE, openRecord, recordHeader, recordKeys, sealRecord } from './records.ts';

const TEXT = utf8('I am the walrus');
const plain = Uint8Array.from({ length: 20_000 }, (_, at) => (at * 31) & 0xff);

async function sealedUnder(secret: Uint8Array<ArrayBuffer>, content: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const blob = await sealContent(secret);
  return concat([await blob.push(content.subarray(0, 5_000)), await blob.push(content.subarray(5_000)), await blob.finish()]);
}

test('[SEAL5] the example of RFC 8188, section 3.1, comes out byte for byte', async () => {
  const salt = fromBase64Url('I1BsxtFttlv3u_Oo94xnmw');
  const keys = await recordKeys(fromBase64Url('yqdlZ-tYemfogSmv7Ws5PQ'), salt);
  const sealed = concat([recordHeader(salt, 4096), await sealRecord(keys, 0, TEXT, LAST)]);
  assert.equal(toBase64Url(sealed), 'I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB1PD-ly8Thjg');
  assert.deepEqual(await openRecord(keys, 0, sealed.slice(HEADER_BYTES)), { plain: TEXT, delimiter: LAST });
});

test('[SEAL5] so does that of section 3.2: two records, padding, a key id', async () => {
  const salt = fromBase64Url('uNCkWiNYzKTnBN9ji3-qWA');
  const keys = await recordKeys(fromBase64Url('BO3ZVPxUlnLORbVGMpbT1Q'), salt);
  const first = await sealRecord(keys, 0, TEXT.subarray(0, 7), MORE, 1);
  const second = await sealRecord(keys, 1, TEXT.subarray(7), LAST);
  const sealed = concat([recordHeader(salt, 25, utf8('a1')), first, second]);
  assert.equal(toBase64Url(sealed), 'uNCkWiNYzKTnBN9ji3-qWAAAABkCYTHOG8chz_gnvgOqdGYovxyjuqRyJFjEDyoF1Fvkj6hQPdPHI51OEUKEpgz3SsLWIqS_uA');
  assert.equal(fromUtf8((await openRecord(keys, 0, first))?.plain ?? new Uint8Array()), 'I am th');
  assert.equal(await openRecord(keys, 0, second), null);
});

for (const length of [0, 1, 4_078, 4_079, 4_080, 8_158, 20_000]) {
  test(`[SEAL5] another implementation opens our ${length} bytes, and seals them to the same bytes`, async () => {
    const secret = Uint8Array.from({ length: 16 }, (_, at) => at * 7);
    const content = plain.subarray(0, length);
    const sealed = await sealedUnder(secret, content);
    const salt = sealed.slice(0, 16);
    assert.deepEqual(new Uint8Array(ece.decrypt(Buffer.from(sealed), { version: 'aes128gcm', key: Buffer.from(secret) })), content);
    // It ends a content of whole records with a full last one; ours puts an empty last one behind. Both are as the RFC wants it.
    if (length % 4_079 === 0) return;
    assert.deepEqual(new Uint8Array(ece.encrypt(Buffer.from(content), { version: 'aes128gcm', key: Buffer.from(secret), salt: Buffer.from(salt), rs: RECORD_BYTES })), sealed);
  });
}

test('[SEAL5] with keys of 32 bytes everything is the same but for the name of the cipher and its key', async () => {
  const secret = Uint8Array.from({ length: 32 }, (_, at) => at * 5);
  const sealed = await sealedUnder(secret, plain);
  const part = (info: string, length: number): Buffer => Buffer.from(hkdfSync('sha256', secret, sealed.subarray(0, 16), info, length));
  const opened: Uint8Array[] = [];
  for (let number = 0, at = HEADER_BYTES; at < sealed.length; number += 1, at += RECORD_BYTES) {
    const nonce = part('Content-Encoding: nonce\0', 12);
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ number) >>> 0, 8);
    const record = sealed.subarray(at, at + RECORD_BYTES);
    const cipher = createDecipheriv('aes-256-gcm', part('Content-Encoding: aes256gcm\0', 32), nonce).setAuthTag(record.subarray(-16));
    opened.push(concat([cipher.update(record.subarray(0, -16)), cipher.final()]).slice(0, -1));
  }
  assert.deepEqual(concat(opened), plain);
});
