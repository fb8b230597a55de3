import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageRow } from '../replica/row.ts';
import { looksAt } from './ending.ts';

const DAY = 86_400_000;
const ENDS = 1_000 * DAY;

test('[KEEP6] one is told a day before of what stays longer than two days, and of nothing that goes sooner', () => {
  const row: MessageRow = { id: 'one', log: 'log', seq: 1, at: 0, person: 'bo', content: null, blobs: [], here: true, heard: true, heardBy: [], removed: null, failure: null };
  const looks = (change: Partial<MessageRow>): number | null => looksAt({ ...row, ...change }, ENDS);
  for (const expiry of [0, 120, 86_400, 2 * 86_400]) assert.equal(looks({ expiry }), ENDS, `${expiry} s`);
  const expiry = 2 * 86_400 + 1;
  assert.equal(looks({ expiry }), ENDS - DAY);
  assert.deepEqual([looks({ expiry, warned: true }), looks({ expiry, hidden: { at: 1 } }), looks({}), looksAt({ ...row, expiry }, null)], [ENDS, ENDS, ENDS, null]);
});
