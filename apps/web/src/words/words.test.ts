import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { failures } from '@earshot/protocol/failure-entries.ts';
import { isFailureCode } from '@earshot/protocol/failures.ts';
import { germanFailures } from './de-failures.ts';
import { de } from './de.ts';
import { doctorDe } from './doctor-de.ts';
import { doctorEn } from './doctor-en.ts';
import { en } from './en.ts';
import { keysDe } from './keys-de.ts';
import { keysEn } from './keys-en.ts';
import type { Entry } from './entry.ts';
import { bringBackDe } from './bring-back-de.ts';
import { bringBackEn } from './bring-back-en.ts';
import { moreDe } from './more-de.ts';
import { moreEn } from './more-en.ts';
import { chooseLocale, loadWords } from './languages.ts';
import { sayBytes } from './say-bytes.ts';

const holes = (entry: Entry): string[] => {
  const forms = typeof entry === 'string' ? [entry] : [entry.one, entry.other];
  return [...new Set(forms.flatMap((form) => form.match(/\{\w+\}/g) ?? []))].sort();
};

test('[WEB13] every sentence exists in both catalogues, with the same holes to fill', async () => {
  const [english, german]: Readonly<Record<string, Entry>>[] = [{ ...en, ...moreEn }, { ...de, ...moreDe }];
  assert.ok(english !== undefined && german !== undefined);
  assert.deepEqual(Object.keys(german).sort(), Object.keys(english).sort());
  for (const [key, entry] of Object.entries(english)) {
    const other: Entry = german[key] ?? '';
    assert.deepEqual(holes(other), holes(entry), key);
    assert.equal(typeof other, typeof entry, key);
  }
});

test('[WEB13] every failure of the closed list is said in both languages', async () => {
  assert.deepEqual(Object.keys(germanFailures).sort(), Object.keys(failures).sort());
  for (const locale of ['en', 'de']) {
    const words = await loadWords([locale]);
    for (const code of Object.keys(failures)) {
      assert.ok(isFailureCode(code));
      const { cause, next } = words.failure(code);
      assert.match(cause, /\.$/, code);
      assert.match(next, /\.$/, code);
    }
  }
});

test('the language is the first wished for that there is, with its region', async () => {
  assert.deepEqual(chooseLocale(['fr-FR', 'de-AT', 'en']), { language: 'de', locale: 'de-AT' });
  assert.deepEqual(chooseLocale(['ja']), { language: 'en', locale: 'en' });
});

test('plurals follow the language', async () => {
  const words = await loadWords(['en-GB']);
  assert.equal(words.t('list.unheard', { count: 1 }), '1 unheard message');
  assert.equal(words.t('list.unheard', { count: 3 }), '3 unheard messages');
  assert.equal((await loadWords(['de'])).t('list.unheard', { count: 1 }), '1 ungehörte Nachricht');
});

test('lengths for the eye and for the ear', async () => {
  const words = await loadWords(['en']);
  assert.equal(words.length(42.4), '0:42');
  assert.equal(words.length(59.99), '1:00');
  assert.equal(words.length(3723), '1:02:03');
  assert.equal(words.spokenLength(1), '1 second');
  assert.equal(words.spokenLength(120), '2 minutes');
  assert.equal((await loadWords(['de'])).spokenLength(62), '1 Minute 2 Sekunden');
});

test('room is told in the unit that fits, and something is never nothing', async () => {
  const words = await loadWords(['en']);
  assert.deepEqual([0, 4_321, 99_900, 100_000, 5_800_000, 10_700_000_000].map((count) => sayBytes(words, count)), ['0 kB', '4.3 kB', '99.9 kB', '0.1 MB', '5.8 MB', '10.7 GB']);
});

test('days are named from the person’s own midnight', async () => {
  const words = await loadWords(['en-GB'], 'Europe/Berlin');
  const now = Date.UTC(2026, 10, 21, 0, 30); // 01:30 on Saturday the 21st in Berlin
  assert.equal(words.day(now - 3_600_000, now), 'Today');
  assert.equal(words.day(now - 2 * 3_600_000, now), 'Yesterday');
  assert.equal(words.day(now - 3 * 86_400_000, now), 'Wednesday');
  assert.equal(words.day(now - 30 * 86_400_000, now), '22 October 2026');
  assert.match(words.brief(now, now), /^0?1:30$/);
});

test('[WEB13] what is said about keys is said in both languages, with the same holes to fill', () => {
  assert.deepEqual(Object.keys(keysDe).sort(), Object.keys(keysEn).sort());
  for (const [key, sentence] of Object.entries(keysEn)) assert.deepEqual(holes(keysDe[key as keyof typeof keysEn]), holes(sentence), key);
});

test('[WEB13] the Doctor says everything in both languages, with the same holes to fill', () => {
  assert.deepEqual(Object.keys(doctorDe).sort(), Object.keys(doctorEn).sort());
  for (const [key, sentence] of Object.entries(doctorEn)) assert.deepEqual(holes(doctorDe[key as keyof typeof doctorEn]), holes(sentence), key);
});

test('[WEB13] what the page says where nothing starts is said in both languages', async () => {
  const page = await readFile(new URL('../../index.html', import.meta.url), 'utf8');
  const places = [...page.matchAll(/<(?:noscript|div class="not-started")>(.*?)<\/(?:noscript|div)>/gs)];
  const languages = places.map(([, inside = '']) => [...inside.matchAll(/<p lang="(\w+)">/g)].map(([, language]) => language));
  assert.deepEqual(languages, [['en', 'de'], ['en', 'de']]);
});

test('[WEB24] [WEB13] what helps points to what there is, and a place is called the same everywhere', async () => {
  for (const [language, { place_rest }] of [['en', bringBackEn], ['de', bringBackDe]] as const) {
    const words = await loadWords([language]);
    assert.ok(words.failure('recipient.damaged').next.includes(words.t('message.where')), language);
    assert.equal(place_rest, { en: moreEn, de: moreDe }[language]['deleted.title']);
  }
});

test('[WEB13] backing up and bringing back is said in both languages, with the same holes to fill', () => {
  assert.deepEqual(Object.keys(bringBackDe).sort(), Object.keys(bringBackEn).sort());
  for (const [key, sentence] of Object.entries(bringBackEn)) assert.deepEqual(holes(bringBackDe[key as keyof typeof bringBackEn]), holes(sentence), key);
});
