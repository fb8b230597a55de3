import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, utf8 } from '@earshot/base/encoding.ts';
import type { Cipher } from './cipher.ts';

/** Registers the laws of the port as tests of one adapter. `under` gives a cipher for the same key each time it is given the same secret. */
export function cipherContract(name: string, under: (secret: Uint8Array<ArrayBuffer>) => Promise<Cipher>): void {
  const secret = new Uint8Array(32).fill(4);
  const bound = utf8('r/row');

  test(`${name}: [REST2] a row opens to the same, with its key and in its place only`, async () => {
    const cipher = await under(secret);
    for (const plain of [new Uint8Array(), utf8('said'), new Uint8Array(5_000).fill(7)]) {
      const sealed = await cipher.seal(plain, bound);
      assert.equal(sealed.length, plain.length + 28);
      assert.notDeepEqual(await cipher.seal(plain, bound), sealed);
      assert.deepEqual(await (await under(secret)).open(sealed, bound), plain);
      assert.equal(await cipher.open(sealed, utf8('r/other')), null);
      assert.equal(await (await under(new Uint8Array(32))).open(sealed, bound), null);
    }
  });

  test(`${name}: [REST2] what was flipped, cut or extended does not open`, async () => {
    const cipher = await under(secret);
    const sealed = await cipher.seal(utf8('said'), bound);
    for (let at = 0; at < sealed.length; at += 1) {
      assert.equal(await cipher.open(sealed.map((byte, place) => (place === at ? byte ^ 1 : byte)), bound), null);
      assert.equal(await cipher.open(sealed.slice(0, at), bound), null);
    }
    assert.equal(await cipher.open(concat([sealed, Uint8Array.of(0)]), bound), null);
  });
}
