import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryPreferences } from '../shell/preferences.ts';
import { isDaily, isDue, setDaily } from './daily.ts';

test('[OWN17] a backup is due a day after the last one was made or tried, where its key is here, unless it was switched off', () => {
  const hour = 3_600_000;
  const now = 1_800_000_000_000;
  assert.equal(isDue({ verified: now - 23 * hour, key: 'k' }, 0, now), false);
  assert.equal(isDue({ verified: now - 24 * hour, key: 'k' }, 0, now), true);
  assert.equal(isDue({ verified: now - 48 * hour, key: 'k' }, now - hour, now), false);
  assert.equal(isDue({ verified: now - 48 * hour, key: null }, 0, now), false);
  // One that was begun and never finished goes on by itself, and is tried once a day.
  assert.deepEqual([isDue({ verified: null, key: 'k' }, 0, now), isDue({ verified: null, key: 'k' }, now - hour, now)], [true, false]);
  // Noted while the clock stood a year ahead: due at once, and tried once a day as ever.
  assert.deepEqual([isDue({ verified: now + 365 * 24 * hour, key: 'k' }, 0, now), isDue({ verified: now + 365 * 24 * hour, key: 'k' }, now - hour, now)], [true, false]);
  assert.deepEqual([isDue({ verified: now - 48 * hour, key: 'k' }, now + hour, now), isDue({ verified: now - hour, key: 'k' }, now + hour, now)], [true, false]);
  const preferences = memoryPreferences();
  assert.equal(isDaily(preferences, 'ada'), true);
  setDaily(preferences, 'ada', false);
  assert.deepEqual([isDaily(preferences, 'ada'), isDaily(preferences, 'ben')], [false, true]);
});
