import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageState } from '@earshot/client/earshot.ts';
import { loadWords } from '../words/languages.ts';
import { stateSentence } from './state-sentence.ts';

test('[SEND12] the next try is named while it lies ahead; once it has begun the reason stands alone, and goes with it', async () => {
  const words = await loadWords(['en'], 'UTC');
  const now = 1_800_000_000_000;
  const said = (until: number | null): string | null => {
    const waiting = until === null ? null : { code: 'network.unreachable' as const, evidence: {}, until };
    const state: MessageState = { at: 'sending', posted: false, bytesStored: 50_000, bytes: 100_000, waiting };
    return stateSentence(state, words, now);
  };
  const { cause, next } = words.failure('network.unreachable');
  assert.equal(said(now + 60_000), `${cause} ${next} Next try ${words.time(now + 60_000)}.`);
  assert.deepEqual([said(0), said(now)], [`${cause} ${next}`, `${cause} ${next}`]);
  assert.equal(said(null), 'Sending, 50% done');
});

test('[WEB18] a message that stands still says with its reason what the reason points to', async () => {
  const words = await loadWords(['en'], 'UTC');
  const refused: MessageState = { at: 'set-aside', code: 'expiry.refused', evidence: { least: 3_600, most: 86_400, seen: 60 } };
  assert.match(stateSentence(refused, words, 0) ?? '', /Between 1 hour and 1 day\.$/);
  const waiting = { code: 'limit.reached' as const, evidence: { limit: 'openUploadsPerPerson', allowed: 256 }, until: 0 };
  assert.match(stateSentence({ at: 'sending', posted: false, bytesStored: 0, bytes: 1, waiting }, words, 0) ?? '', /At most 256\.$/);
});
