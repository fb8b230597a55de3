import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { Sha256Stream } from './sha256-stream.ts';

test('[HASH1] the running hash is SHA-256, however the bytes were cut', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 12 }), (pieces) => {
      const sum = new Sha256Stream();
      const reference = createHash('sha256');
      for (const piece of pieces) {
        sum.update(piece);
        reference.update(piece);
      }
      assert.equal(sum.digest(), reference.digest('hex'));
    }),
    { numRuns: 300 },
  );
});
