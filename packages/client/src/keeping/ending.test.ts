import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRow, MessageRow } from '../replica/row.ts';
import { expiresAt, looksAt } from './ending.ts';

const DAY = 86_400_000;
const ENDS = 1_000 * DAY;

test('[KEEP13] whoever leaves after its sender has left is waited for no longer either: her log ends there', () => {
  const row: MessageRow = { id: 'one', log: 'log', seq: 5, at: 0, person: 'me', content: null, blobs: [], here: true, heard: true, heardBy: [{ person: 'bo', at: 1_000 }], expiry: 60, removed: null, failure: null };
  const ends = (left: { me: number | null; cy: number | null }, applied: number): number | null => {
    const members = Object.entries({ bo: null, ...left }).map(([person, at]) => ({ person, joined: 1, left: at }));
    return expiresAt(row, { members, applied } as unknown as LogRow, 'me');
  };
  assert.deepEqual([ends({ me: null, cy: 12 }, 11), ends({ me: null, cy: 12 }, 12)], [null, 61_000]);
  assert.deepEqual([ends({ me: 10, cy: 12 }, 9), ends({ me: 10, cy: 12 }, 10)], [null, 61_000]);
  assert.equal(ends({ me: 10, cy: null }, 10), null, 'who is there still can hear it');
});

test('[KEEP6] one is told a day before of what stays longer than two days, and of nothing that goes sooner', () => {
  const row: MessageRow = { id: 'one', log: 'log', seq: 1, at: 0, person: 'bo', content: null, blobs: [], here: true, heard: true, heardBy: [], removed: null, failure: null };
  const looks = (change: Partial<MessageRow>): number | null => looksAt({ ...row, ...change }, ENDS);
  for (const expiry of [0, 120, 86_400, 2 * 86_400]) assert.equal(looks({ expiry }), ENDS, `${expiry} s`);
  const expiry = 2 * 86_400 + 1;
  assert.equal(looks({ expiry }), ENDS - DAY);
  assert.deepEqual([looks({ expiry, warned: true }), looks({ expiry, hidden: { at: 1 } }), looks({}), looksAt({ ...row, expiry }, null)], [ENDS, ENDS, ENDS, null]);
});
