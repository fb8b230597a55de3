import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordLong } from '../testing/long-take.node.ts';

test('[REC26] ten minutes leave memory flat, and listing the take reads a small end of it', { timeout: 300_000 }, async (t) => {
  const { growth, packets, bytes, listed, listedPackets, cpuPerMinute } = await recordLong(10);
  t.diagnostic(`memory grew by ${(growth / 1e6).toFixed(2)} MB, ${cpuPerMinute.toFixed(2)} s of processor time a minute`);
  assert.ok(packets >= 29_990, `${packets} packets`);
  assert.ok(growth < 2_000_000, `${growth} bytes`);
  assert.ok(bytes > 1_500_000 && listed < 60_000, `${listed} of ${bytes} bytes read`);
  assert.equal(listedPackets, packets);
});
