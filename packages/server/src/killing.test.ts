import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { killRounds } from './testing/kill-rounds.ts';

test('[SRV2] kill -9 under load: nothing acknowledged is lost, nothing is half visible, and everything can be repeated', { timeout: 300_000 }, async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'earshot-kill-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const { messages } = await killRounds(dataDir, 5, () => undefined);
  assert.ok(messages >= 5);
});
