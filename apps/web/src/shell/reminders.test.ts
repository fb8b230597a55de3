import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backupDue } from './reminders.ts';

test('[OWN11] whoever backs up here is told when the last one is thirty days old, once in thirty days; nobody else is', () => {
  const day = 86_400_000;
  const now = 1_800_000_000_000;
  const made = (...days: number[]) => days.map((ago) => ({ verified: now - ago * day }));
  assert.equal(backupDue([], 0, now), null);
  assert.equal(backupDue(made(40, 29), 0, now), null);
  assert.equal(backupDue(made(40, 31), 0, now), 31);
  assert.equal(backupDue(made(31), now - 29 * day, now), null);
  assert.equal(backupDue(made(61), now - 30 * day, now), 61);
  // A file that nobody has shown since takes no older one's place, and is better than none.
  assert.equal(backupDue([{ verified: now - 40 * day, unseen: now - day }], 0, now), 40);
  assert.equal(backupDue([{ verified: null, unseen: now - 31 * day }], 0, now), 31);
  // Noted while the clock stood a year ahead: neither hides how old another one is.
  assert.equal(backupDue([{ verified: now + 365 * day }, { verified: now - 31 * day }], now + 365 * day, now), 31);
  // A place where none was finished has none: it makes no other one younger.
  assert.equal(backupDue([{ verified: null }], 0, now), null);
  assert.equal(backupDue([{ verified: null }, { verified: now - 31 * day }], 0, now), 31);
});
