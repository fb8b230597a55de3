import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AudioError } from './audio-error.ts';
import { encodePage } from './ogg-page.ts';
import { pageOfPackets } from './ogg-packets.ts';
import { oggOpusChunks, writeOggOpus } from './ogg-opus.ts';
import { OggOpusReader, readOggOpus, requireWholeOgg } from './ogg-opus-reader.ts';
import { encodeOpusHead } from './opus-head.ts';
import { encodeOpusTags } from './opus-tags.ts';
import { fakePackets } from './testing/packets.ts';

const packets = fakePackets(Array.from({ length: 130 }, (_, index) => 30 + (index % 50)));
const content = { packets, preSkip: 312, samples: 124_000 };
const chunks = [...oggOpusChunks(content)];
const file = writeOggOpus(content);
const bytes = (list: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.concat(list));

function refused(reason: string, detail: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof AudioError, String(error));
    assert.deepEqual([error.reason, error.detail], [reason, detail]);
    return true;
  };
}

test('[AU9] pieces cut anywhere give the same packets and the same end', () => {
  const whole = readOggOpus(file);
  assert.ok(Buffer.concat(whole.packets).equals(Buffer.concat(packets)));
  for (const size of [1, 7, 1_000, 100_000]) {
    const reader = new OggOpusReader();
    const read: Uint8Array[] = [];
    for (let at = 0; at < file.length; at += size) read.push(...reader.push(file.subarray(at, at + size)));
    assert.ok(Buffer.concat(read).equals(Buffer.concat(packets)));
    assert.deepEqual({ ...reader.end(), packets: whole.packets }, whole);
  }
});

test('[AU9] cut at any byte, the packets on whole pages are read and the end is named', () => {
  const ends = chunks.map((_, index) => bytes(chunks.slice(0, index + 1)).length);
  const headers = ends[1] ?? 0;
  fc.assert(fc.property(fc.integer({ min: 0, max: file.length - 1 }), (cut) => {
    const torn = file.subarray(0, cut);
    if (cut < headers) {
      assert.throws(() => readOggOpus(torn), cut === 0 ? refused('empty', 'no-bytes') : refused('torn', 'headers'));
      return;
    }
    const read = readOggOpus(torn);
    const pages = ends.filter((end) => end <= cut).length - 2;
    assert.equal(read.packets.length, pages * 50);
    assert.equal(read.samples, Math.max(0, pages * 48_000 - 312));
    assert.equal(read.ending, ends.includes(cut) ? 'unmarked' : 'torn');
    assert.equal(read.tornBytes, cut - (ends.findLast((end) => end <= cut) ?? 0));
    assert.throws(() => requireWholeOgg(read), refused('torn', read.ending));
  }), { numRuns: 300 });
});

test('[AU5] any changed byte of a file is noticed', () => {
  fc.assert(fc.property(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
    const damaged = file.slice();
    damaged[at] = (damaged[at] ?? 0) ^ change;
    assert.throws(() => requireWholeOgg(readOggOpus(damaged)), AudioError, `byte ${at}`);
  }), { numRuns: 500 });
});

test('[AU5] a lost page is noticed, a doubled one too', () => {
  const [head, tags, one, two, three] = chunks as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  assert.throws(() => readOggOpus(bytes([head, tags, one, three])), refused('damaged', 'page-lost'));
  assert.throws(() => readOggOpus(bytes([head, tags, one, one, two, three])), refused('damaged', 'page-lost'));
  assert.throws(() => readOggOpus(bytes([tags, one, two, three])), refused('damaged', 'page-lost'));
  assert.throws(() => readOggOpus(bytes([head, one, two, three])), refused('damaged', 'page-lost'));
});

test('[AU8] what is no Ogg is told apart', () => {
  assert.throws(() => readOggOpus(new Uint8Array(0)), refused('empty', 'no-bytes'));
  assert.throws(() => readOggOpus(new TextEncoder().encode('Hello')), refused('not-audio', 'ogg'));
  assert.throws(() => readOggOpus(new TextEncoder().encode('Og')), refused('torn', 'headers'));
  assert.throws(() => readOggOpus(bytes([file, Uint8Array.of(1, 2, 3)])), refused('damaged', 'after-end'));
  assert.throws(() => readOggOpus(bytes([file, new TextEncoder().encode('OggS')])), refused('damaged', 'after-end'));
});

const label = { serial: 1, sequence: 0, granule: 0, first: true, last: false };
const tagsPage = pageOfPackets([encodeOpusTags('x', {})], { ...label, sequence: 1, first: false });

/** A stream with this first packet, and sound behind it. */
function beginning(head: Uint8Array): Uint8Array {
  return bytes([pageOfPackets([head], label), tagsPage]);
}

test('[AU10] Ogg that we do not read is refused, each kind in its own words', () => {
  const vorbis = new TextEncoder().encode('\x01vorbis and so on');
  assert.throws(() => readOggOpus(beginning(vorbis)), refused('unsupported', 'ogg-codec'));
  const surround = encodeOpusHead(2, 312);
  surround[9] = 6;
  surround[18] = 1;
  assert.throws(() => readOggOpus(beginning(surround)), refused('unsupported', 'channels'));
  const later = encodeOpusHead(1, 312);
  later[8] = 16;
  assert.throws(() => readOggOpus(beginning(later)), refused('unsupported', 'opus-version'));
  assert.throws(() => readOggOpus(beginning(encodeOpusHead(1, 312).subarray(0, 12))), refused('damaged', 'opus-head'));
  assert.throws(() => readOggOpus(bytes([file, file])), refused('unsupported', 'chained'));
  const other = pageOfPackets([vorbis], { ...label, serial: 2 });
  const [head, ...rest] = chunks as [Uint8Array, ...Uint8Array[]];
  assert.throws(() => readOggOpus(bytes([head, other, ...rest])), refused('unsupported', 'multiplexed'));
});

test('[AU8] a stream without sound, or with bytes that are no Opus, is refused', () => {
  const head = encodeOpusHead(1, 312);
  const end = encodePage({ ...label, sequence: 2, first: false, last: true, continued: false, lacing: new Uint8Array(0), body: new Uint8Array(0) });
  assert.throws(() => readOggOpus(bytes([beginning(head), end])), refused('empty', 'no-sound'));
  const wrong = pageOfPackets([Uint8Array.of(0xfb, 0)], { ...label, sequence: 2, first: false });
  assert.throws(() => readOggOpus(bytes([beginning(head), wrong])), refused('damaged', 'packet'));
  const large = encodePage({ ...label, sequence: 2, first: false, granule: -1, continued: false, lacing: new Uint8Array(255).fill(255), body: new Uint8Array(65_025) });
  assert.throws(() => readOggOpus(bytes([beginning(head), large])), refused('too-large', 'packet'));
});

/** Pages of sound at the given positions, ten packets of 20 ms each. */
function positioned(granules: readonly number[]): Uint8Array {
  const pages = granules.map((granule, index) => pageOfPackets(packets.slice(0, 10), {
    serial: 1, sequence: 2 + index, granule, first: false, last: index === granules.length - 1,
  }));
  return bytes([beginning(encodeOpusHead(1, 312)), ...pages]);
}

test('[AU7] positions may begin anywhere and jump, but not run backwards', () => {
  assert.equal(readOggOpus(positioned([9_600, 19_200])).samples, 19_200 - 312);
  assert.equal(readOggOpus(positioned([9_600, 19_000])).samples, 19_000 - 312);
  assert.equal(readOggOpus(positioned([1_009_600, 1_019_000])).samples, 19_000 - 312, 'a stream that begins in the middle');
  assert.equal(readOggOpus(positioned([9_600, 50_000, 59_600])).samples, 28_800 - 312, 'a gap adds no sound');
  assert.throws(() => readOggOpus(positioned([9_600, 12_000, 30_000])), refused('damaged', 'granule'));
  const trimmed = readOggOpus(positioned([9_600, 12_000]));
  assert.deepEqual([trimmed.samples, trimmed.packets.length], [12_000 - 312, 13], 'packets that nobody would hear are left out');
});
