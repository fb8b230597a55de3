import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryPreferences } from '../shell/preferences.ts';
import { isDaily, isDue, setDaily } from './daily.ts';
import { lacked, noteLacked } from './lacked.ts';

test('[OWN17] a backup is due a day after the last one was made or tried, where its key is here, unless it was switched off', () => {
  const hour = 3_600_000;
  const now = 1_800_000_000_000;
  assert.equal(isDue({ verified: now - 23 * hour, key: 'k' }, 0, now), false);
  assert.equal(isDue({ verified: now - 24 * hour, key: 'k' }, 0, now), true);
  assert.equal(isDue({ verified: now - 48 * hour, key: 'k' }, now - hour, now), false);
  assert.equal(isDue({ verified: now - 48 * hour, key: null }, 0, now), false);
  const preferences = memoryPreferences();
  assert.equal(isDaily(preferences), true);
  setDaily(preferences, false);
  assert.equal(isDaily(preferences), false);
});

test('[OWN17] what a backup by itself lacked is there for who looks later, until one lacks nothing; and for nobody else', () => {
  const preferences = memoryPreferences();
  const lacking = { damaged: 1, missing: 0, crowded: true };
  noteLacked(preferences, 'ada', lacking);
  assert.deepEqual([lacked(preferences, 'ada'), lacked(preferences, 'ben')], [lacking, null]);
  noteLacked(preferences, 'ada', { damaged: 0, missing: 0, crowded: false });
  assert.equal(lacked(preferences, 'ada'), null);
});
