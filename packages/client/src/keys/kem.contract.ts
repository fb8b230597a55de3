import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, toHex, utf8 } from '@earshot/base/encoding.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Kem } from './kem.ts';

const seed = new Uint8Array(32).fill(1);
const other = new Uint8Array(32).fill(2);
const info = utf8('for this purpose');
const plain = new Uint8Array(32).fill(9);

/** Registers the laws of the port as tests of one adapter. */
export function kemContract(name: string, kem: Kem): void {
  test(`${name}: [BOX1] what is sealed to a public key opens with its seed, under the same purpose only`, async () => {
    const publicKey = await kem.publicKey(seed);
    assert.equal(publicKey.length, 1_216);
    assert.deepEqual(await kem.publicKey(seed), publicKey);
    // As a store hands it out: a view into something longer.
    const row = concat([other, seed, other]);
    assert.deepEqual(await kem.publicKey(row.subarray(32, 64)), publicKey);
    assert.deepEqual(await kem.open(row.subarray(32, 64), info, await kem.seal(publicKey, info, plain)), plain);
    const sealed = await kem.seal(publicKey, info, plain);
    assert.equal(sealed.length, 1_120 + 32 + 16);
    assert.deepEqual(await kem.open(seed, info, sealed), plain);
    assert.equal(await kem.open(other, info, sealed), null);
    assert.equal(await kem.open(seed, utf8('for another'), sealed), null);
    assert.notEqual(toHex(await kem.seal(publicKey, info, plain)), toHex(sealed));
  });

  test(`${name}: [BOX1] what was flipped, cut or extended does not open, and what is no key is refused`, async () => {
    const publicKey = await kem.publicKey(seed);
    const sealed = await kem.seal(publicKey, info, plain);
    for (const at of [0, 500, 1_087, 1_088, 1_119, 1_120, 1_151, 1_167]) {
      assert.equal(await kem.open(seed, info, sealed.map((byte, place) => (place === at ? byte ^ 64 : byte))), null, `byte ${at}`);
      assert.equal(await kem.open(seed, info, sealed.slice(0, at)), null, `cut at ${at}`);
    }
    assert.equal(await kem.open(seed, info, concat([sealed, Uint8Array.of(0)])), null);
    await assert.rejects(kem.seal(publicKey.slice(1), info, plain), (error) => error instanceof Failure && error.code === 'request.invalid');
  });
}
