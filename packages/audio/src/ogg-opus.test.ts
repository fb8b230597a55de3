import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { AudioError } from './audio-error.ts';
import { decodePage, type OggPage } from './ogg-page.ts';
import { oggOpusChunks, OggOpusWriter, writeOggOpus } from './ogg-opus.ts';
import { readOggOpus } from './ogg-opus-reader.ts';
import { fakePackets } from './testing/packets.ts';

const sizes = (count: number): number[] => Array.from({ length: count }, (_, index) => 20 + ((index * 37) % 90));

function pagesIn(file: Uint8Array): OggPage[] {
  const pages: OggPage[] = [];
  for (let at = 0; at < file.length;) {
    const reading = decodePage(file, at);
    assert.ok(reading.kind === 'page');
    pages.push(reading.page);
    at += reading.size;
  }
  return pages;
}

test('[AU6] the same packets are the same bytes, for ever', () => {
  const file = writeOggOpus({ packets: fakePackets(sizes(173)), preSkip: 312, samples: 173 * 960 - 312 - 77 });
  const digest = createHash('sha256').update(file).digest('hex');
  // A change here would change the sha256 of every message ever sent. It must never be needed.
  assert.equal(digest, '78e3b832f87239e6f60c69b54de02e3a4a692f5e75ed0c05980761bd90f7c840');
});

test('[AU6] pages hold a second each, and only the last is marked', () => {
  const pages = pagesIn(writeOggOpus({ packets: fakePackets(sizes(120)), preSkip: 312, samples: 114_000 }));
  assert.deepEqual(pages.map((page) => page.lacing.length), [1, 1, 50, 50, 20]);
  assert.deepEqual(pages.map((page) => page.sequence), [0, 1, 2, 3, 4]);
  assert.deepEqual(pages.map((page) => page.granule), [0, 0, 48_000, 96_000, 114_312]);
  assert.deepEqual(pages.map((page) => page.last), [false, false, false, false, true]);
  const full = pagesIn(writeOggOpus({ packets: fakePackets(sizes(50)), preSkip: 312, samples: 47_000 }));
  assert.equal(full.length, 3, 'a full last page is not followed by an empty one');
});

test('[AU6] packets too large for fifty on a page close it earlier, whole', () => {
  const packets = fakePackets(Array.from({ length: 60 }, () => 1_276));
  const file = writeOggOpus({ packets, preSkip: 312, samples: 57_000 });
  assert.deepEqual(pagesIn(file).slice(2).map((page) => page.lacing.length), [252, 108]);
  assert.deepEqual(readOggOpus(file).packets.map((packet) => packet.length), packets.map((packet) => packet.length));
});

test('[AU6] the generator and the writer make the same file as the whole', () => {
  const content = { packets: fakePackets(sizes(200)), preSkip: 312, samples: 190_000, tags: { TITLE: 'Hello' } };
  const whole = Buffer.from(writeOggOpus(content));
  assert.ok(Buffer.concat([...oggOpusChunks(content)]).equals(whole));
  assert.ok(Buffer.from(writeOggOpus({ ...content, tags: { TITLE: 'Hello', ARTIST: 'Ann' } }))
    .equals(Buffer.from(writeOggOpus({ ...content, tags: { ARTIST: 'Ann', TITLE: 'Hello' } }))), 'the order of tags is of no matter');
});

test('tags of any size are read back', () => {
  const tags = { ARTIST: 'Änn', COMMENT: 'x'.repeat(200_000) };
  const read = readOggOpus(writeOggOpus({ packets: fakePackets([40]), preSkip: 312, samples: 600, tags }));
  assert.deepEqual(read.tags, { vendor: 'Earshot', comments: Object.entries(tags) });
});

test('[AU7] exactly the samples that were recorded are played', () => {
  for (const samples of [1, 647, 648, 48_000, 100_001]) {
    const packets = fakePackets(sizes(Math.ceil((samples + 312) / 960)));
    const read = readOggOpus(writeOggOpus({ packets, preSkip: 312, samples }));
    assert.equal(read.samples, samples);
    assert.equal(read.packets.length, packets.length);
    assert.equal(read.ending, 'whole');
  }
});

test('[AU7] [AU8] a length that the packets do not have is refused', () => {
  const refused = (reason: string) => (error: unknown): boolean => error instanceof AudioError && error.reason === reason;
  const packets = fakePackets(sizes(120));
  assert.throws(() => writeOggOpus({ packets, preSkip: 312, samples: 120 * 960 - 311 }), refused('damaged'));
  assert.throws(() => writeOggOpus({ packets, preSkip: 312, samples: 90_000 }), refused('damaged'));
  assert.throws(() => writeOggOpus({ packets: [], preSkip: 312, samples: 0 }), refused('empty'));
  assert.throws(() => new OggOpusWriter({ preSkip: 312 }).push(new Uint8Array(0)), refused('damaged'));
});
