import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '@earshot/client/earshot.ts';
import { stepsOf } from './where.ts';

test('[CLI18] the next try of what stands still is named while it lies ahead, and no time while it is under way', () => {
  const until = (next: number): unknown => {
    const message: Message = {
      id: 'one', conversation: 'talk', from: 'ada', mine: true, seq: null, time: 0, seconds: 1, samples: 48_000, waveform: new Uint8Array(), sha256: '', fileName: null, forwarded: null, words: null,
      state: { at: 'sending', posted: false, bytesStored: 0, bytes: 10, waiting: { code: 'network.unreachable', evidence: {}, until: next } },
      kept: null, recipients: [], deliveredTo: [], heardBy: [], heard: false, place: 0, here: true, removed: null, failure: null, expiry: null, expires: null, keptFor: null, resting: null,
    };
    return stepsOf(message, null, 1_000).map(({ line }) => [line['at'], line['until'], line['code']]);
  };
  assert.deepEqual(until(2_000), [['waiting', 2_000, 'network.unreachable']]);
  assert.deepEqual([until(1_000), until(0)], [[['waiting', null, 'network.unreachable']], [['waiting', null, 'network.unreachable']]]);
});
