import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failures } from '@earshot/protocol/failure-entries.ts';
import { type Evidence, type FailureCode, isFailureCode } from '@earshot/protocol/failures.ts';
import { loadWords } from './languages.ts';
import { evidenceOf, sayFailure } from './say-failure.ts';

const samples = {
  'limit.tries': { until: 1_800_000_000_000 },
  'limit.reached': { limit: 'membersPerConversation', allowed: 500, seen: 501 },
  'request.origin': { origin: 'https://voice.example', seen: 'http://192.168.1.2' },
  'expiry.refused': { least: 3_600, most: 604_800, seen: 120 },
} as const satisfies Partial<Record<FailureCode, Evidence>>;

/** They arise at a command line, which prints all evidence. */
const ELSEWHERE: ReadonlySet<string> = new Set<FailureCode>(['config.invalid', 'restore.unfinished']);

test('[WEB13] [WEB18] whatever the words of a failure point to is said with them', async () => {
  for (const [locale, points] of [['en', /\b(?:shown|named) here\b|\bis named\b|\b(?:time|those) shown\b/], ['de', /\b(?:die|der|den|zur) (?:gezeigte|genannte|angezeigte)n?\b|hier genannt/]] as const) {
    const words = await loadWords([locale], 'UTC');
    const pointing = Object.keys(failures).filter((code) => isFailureCode(code) && points.test(words.failure(code).next) && !ELSEWHERE.has(code));
    assert.deepEqual(pointing.toSorted(), Object.keys(samples).toSorted(), locale);
    for (const [code, evidence] of Object.entries(samples)) assert.match(isFailureCode(code) ? evidenceOf(code, evidence, words) : '', /^[A-Z].*\d.*\.$|voice\.example\.$/, code);
  }
});

test('[WEB18] a limit is said in its own unit, and a span from its least to its most', async () => {
  const words = await loadWords(['en'], 'UTC');
  const { cause, next } = words.failure('limit.tries');
  assert.equal(sayFailure('limit.tries', samples['limit.tries'], words), `${cause} ${next} Next try ${words.time(samples['limit.tries'].until)}.`);
  assert.equal(evidenceOf('limit.reached', samples['limit.reached'], words), 'At most 500.');
  assert.equal(evidenceOf('limit.reached', { limit: 'blobBytes', allowed: 8_388_608 }, words), 'At most 8.4 MB.');
  assert.equal(evidenceOf('request.origin', samples['request.origin'], words), 'The address is https://voice.example.');
  assert.equal(evidenceOf('expiry.refused', samples['expiry.refused'], words), 'Between 1 hour and 7 days.');
  assert.equal(evidenceOf('expiry.refused', { least: 0, most: 604_800 }, words), 'At most 7 days.');
  assert.equal(evidenceOf('network.offline', {}, words), '');
});

test('[RECOVERY2] the group of a recovery code that looks wrong is named, or how many characters there are', async () => {
  const words = await loadWords(['en']);
  assert.equal(evidenceOf('recovery.mistyped', { reason: 'checksum', group: 3 }, words), 'Group 3 looks wrong.');
  assert.equal(evidenceOf('recovery.mistyped', { reason: 'length', seen: 27, expected: 28 }, words), 'It has 27 characters; a whole one has 28.');
  assert.equal(evidenceOf('recovery.mistyped', { reason: 'checksum', group: null }, words), '');
});

test('[REC23] little room is said with the time that still fits', async () => {
  assert.equal(evidenceOf('recorder.storage-low', { secondsLeft: 150 }, await loadWords(['en'])), 'When this was noticed, there was room for 2 minutes 30 seconds.');
  assert.equal(evidenceOf('recorder.storage-low', { secondsLeft: 45 }, await loadWords(['de'])), 'Als das auffiel, war noch Platz für 45 Sekunden.');
});

test('[HEAL1] of a row that waited to be sent it is said where to find what was recorded, of any other that something cannot be read, and of neither that there is no room', async () => {
  for (const language of ['en', 'de']) {
    const words = await loadWords([language]);
    const said = (['outbox.damaged', 'device.damaged'] as const).map((code) => sayFailure(code, { row: 'o/row/a' }, words));
    assert.deepEqual(said.map((text) => /waited to be sent.*Recently Deleted|auf das Senden gewartet.*„Zuletzt gelöscht“/.test(text)), [true, false], language);
    assert.deepEqual(said.map((text) => /\broom\b|Platz/.test(text)), [false, false], language);
  }
});
