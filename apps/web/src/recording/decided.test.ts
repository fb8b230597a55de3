import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Earshot } from '@earshot/client/earshot.ts';
import { followDiscarding, type Journal } from './decided.ts';

async function followed(stillDiscarded: boolean): Promise<string[]> {
  const told: string[] = [];
  const drafts = { discarded: async () => ['take'], follow: async () => stillDiscarded } as unknown as Earshot['drafts'];
  const journal = {
    drafts: async () => [{ take: 'take', open: false, state: 'open' }],
    discard: async () => void told.push('discarded'), undiscard: async () => void told.push('brought back'),
  } as unknown as Journal;
  await followDiscarding({ drafts }, journal, null);
  return told;
}

test('[DRAFT4] what was discarded on another device rests here, and is a draft again where it was brought back meanwhile', async () => {
  assert.deepEqual(await followed(true), ['discarded']);
  assert.deepEqual(await followed(false), ['discarded', 'brought back']);
});
