import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '@earshot/client/earshot.ts';
import { goneSentence } from './gone-sentence.ts';

test('[WHERE3] who deleted a message for good reads that, also of her own; only of what somebody else let go last it is said that nobody kept it', () => {
  const said = (rule: NonNullable<Message['removed']>['rule'], by: string, mine: boolean): string => goneSentence({ removed: { at: 1, by, rule }, mine }, 'ben');
  assert.deepEqual([said('let-go', 'ben', true), said('let-go', 'ben', false)], ['goneLetGoOwn', 'goneLetGo']);
  assert.deepEqual([said('let-go', 'ada', true), said('let-go', 'ada', false)], ['goneLetGoMine', 'goneNobody']);
  assert.deepEqual([said('removed', 'ben', true), said('expired', 'ada', false)], ['goneRemovedMine', 'goneExpired']);
});
