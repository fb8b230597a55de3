import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '@earshot/base/encoding.ts';
import type { Signatures } from './signatures.ts';

/** Registers the laws of the port as tests of one adapter. */
export function signaturesContract(name: string, signatures: Signatures): void {
  test(`${name}: [SIGN1] another message, another key, a flipped or cut signature and what is no key at all do not fit`, async () => {
    const seed = new Uint8Array(32).fill(5);
    const publicKey = await signatures.publicKey(seed);
    const signature = await signatures.sign(seed, utf8('said'));
    assert.equal(signature.length, 64);
    assert.deepEqual(await signatures.sign(seed, utf8('said')), signature);
    assert.equal(await signatures.verify(publicKey, utf8('said'), signature), true);
    const stranger = await signatures.publicKey(new Uint8Array(32).fill(6));
    assert.equal(await signatures.verify(publicKey, utf8('Said'), signature), false);
    assert.equal(await signatures.verify(stranger, utf8('said'), signature), false);
    for (const at of [0, 31, 32, 63]) assert.equal(await signatures.verify(publicKey, utf8('said'), signature.map((byte, place) => (place === at ? byte ^ 1 : byte))), false);
    assert.equal(await signatures.verify(publicKey, utf8('said'), signature.slice(1)), false);
    for (const nonsense of ['', 'short', '!'.repeat(43)]) assert.equal(await signatures.verify(nonsense, utf8('said'), signature), false);
  });
}
