import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryPreferences } from '../shell/preferences.ts';
import { isReminding, isTestDue, lastTest, noteTest, remind } from './reminder.ts';

const DAY = 86_400_000;

test('[DOCWEB2] nobody is reminded of the microphone test unless she wished it, and then 30 days after the last test', () => {
  const preferences = memoryPreferences();
  assert.equal(isReminding(preferences), false);
  assert.equal(isTestDue(preferences, 1_000 * DAY), false);
  remind(preferences, true, 100 * DAY);
  assert.equal(isTestDue(preferences, 129 * DAY), false);
  assert.equal(isTestDue(preferences, 130 * DAY), true);
  noteTest(preferences, { at: 120 * DAY, answer: 'good', loudestDb: -12 });
  assert.equal(isTestDue(preferences, 149 * DAY), false);
  assert.equal(isTestDue(preferences, 150 * DAY), true);
  remind(preferences, false, 150 * DAY);
  assert.equal(isTestDue(preferences, 1_000 * DAY), false);
});

test('[DOCWEB2] what was found is kept without the sound, a year of it, and what cannot be read is nothing', () => {
  const preferences = memoryPreferences();
  for (let at = 0; at < 20; at += 1) noteTest(preferences, { at, answer: 'good', loudestDb: -10 });
  assert.deepEqual(lastTest(preferences), { at: 19, answer: 'good', loudestDb: -10 });
  assert.equal((JSON.parse(preferences.read('doctor.tests') ?? '') as unknown[]).length, 12);
  preferences.write('doctor.tests', '{broken');
  assert.equal(lastTest(preferences), null);
});
