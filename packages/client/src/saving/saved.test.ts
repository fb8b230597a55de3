import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '@earshot/base/hash.ts';
import { readOggOpus } from '@earshot/audio/ogg-opus-reader.ts';
import { writeOggOpus } from '@earshot/audio/ogg-opus.ts';
import { tagOggOpus } from '@earshot/audio/tag-ogg.ts';
import type { Message } from '../earshot.ts';
import { indexPage, isIndexPage } from './index-page.ts';
import { readSidecar } from './read-sidecar.ts';
import { type Kept, opusTags, savedName, sidecar, tagsOf } from './saved.ts';

const packets = Array.from({ length: 60 }, (_, at) => Uint8Array.from({ length: 40 }, (__, place) => (place === 0 ? 31 << 3 : (at * 7 + place) & 0xff)));
const asSent = writeOggOpus({ packets, preSkip: 312, samples: 57_000 });

async function kept(more: Partial<Message> = {}): Promise<Kept> {
  const message: Message = {
    id: 'm1', conversation: 'c1', seq: 1, time: Date.UTC(2026, 2, 1, 14, 5, 9), from: 'p1', mine: false, samples: 57_000, seconds: 57_000 / 48_000, waveform: Uint8Array.of(1, 2), sha256: await sha256(asSent),
    fileName: null, words: null, forwarded: null, state: { at: 'stored' }, kept: null, recipients: [], deliveredTo: [], heardBy: [], heard: true, place: 0, here: true, expiry: null, expires: null, keptFor: null, removed: null, resting: null, failure: null, ...more,
  };
  return { message, from: 'Anna <Berg>', conversation: 'Tea & cake' };
}

test('[SAVE1] tags change no packet: without them the file is the one that was sent, and the sidecar says both hashes', async () => {
  const one = await kept();
  const tagged = tagOggOpus(asSent, opusTags(tagsOf(one)));
  const read = readOggOpus(tagged);
  assert.deepEqual(Object.fromEntries(read.tags.comments)['ARTIST'], 'Anna <Berg>');
  assert.match(Object.fromEntries(read.tags.comments)['COMMENT'] ?? '', new RegExp(one.message.sha256));
  assert.deepEqual(writeOggOpus({ packets: read.packets, preSkip: read.preSkip, samples: read.samples }), asSent);
  const known = JSON.parse(sidecar(one, { name: savedName(one, 'ogg'), as: 'ogg', bytes: tagged.length, sha256: await sha256(tagged) })) as { sha256: string; file: { sha256: string }; said: string };
  assert.deepEqual([known.sha256, known.file.sha256, known.said], [await sha256(asSent), await sha256(tagged), '2026-03-01T14:05:09.000Z']);
});

test('[SAVE2] the page beside saved files plays them without a script, whatever people are called', async () => {
  const [late, early] = [await kept({ time: 2_000, words: 'a "quoted" word' }), await kept({ id: 'm0', time: 1_000 })];
  const page = indexPage([{ ...late, file: 'late #1.mp3', as: 'mp3' }, { ...early, file: 'early.ogg', as: 'ogg' }], { language: 'en', title: 'Voice', when: String });
  assert.doesNotMatch(page, /<script|<Berg>| on\w+=/);
  assert.match(page, /Tea &amp; cake/);
  assert.ok(page.indexOf('early.ogg') < page.indexOf('late%20%231.mp3'));
  assert.match(page, /<source src="late%20%231\.mp3" type="audio\/mpeg">/);
});

test('[SAVE3] what the page says of a message stands in its sidecar as well, so a page made of what lies there is the same', async () => {
  const words = { language: 'en', title: 'Voice', when: String };
  const all = [await kept({ words: 'plum & cake' }), await kept({ id: 'm0', time: 1_000, fileName: 'a <b>.wav' })];
  const read = all.map((one, at) => readSidecar(sidecar(one, { name: `${at}.mp3`, as: 'mp3', bytes: 1, sha256: '' }), `${at}.mp3`));
  assert.equal(indexPage(read.filter((one) => one !== null), words), indexPage(all.map((one, at) => ({ ...one, file: `${at}.mp3`, as: 'mp3' })), words));
  for (const other of ['', '{', 'null', '[]', '{"format":"other"}', '{"format":"earshot-message"}']) assert.equal(readSidecar(other, 'a.ogg'), null);
});

test('[CLI9] a page of ours is known by its mark, and not one that only tells of it', async () => {
  const page = indexPage([{ ...(await kept()), file: 'a.ogg', as: 'ogg' }], { language: 'en', title: 'Voice', when: String });
  assert.ok(isIndexPage(page));
  assert.ok(!isIndexPage('<!doctype html><title>My voice</title>'));
  assert.ok(!isIndexPage(`<!doctype html><pre>${' '.repeat(600)}${page}</pre>`));
});
