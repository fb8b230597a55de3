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
