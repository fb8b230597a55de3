import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oggCrc } from './ogg-crc.ts';
import { decodePage, encodePage, MAX_PAGE_BYTES, type OggPage } from './ogg-page.ts';
import { OggPacketJoiner, pageOfPackets, pagesOfPacket, segmentsOf } from './ogg-packets.ts';

const EDGES = [0, 1, 254, 255, 256, 509, 510, 511, 65_024, 65_025, 65_026, 65_536, 131_000];
const packet = fc.tuple(fc.oneof({ weight: 3, arbitrary: fc.nat(700) }, { weight: 1, arbitrary: fc.constantFrom(...EDGES) }), fc.nat(255))
  .map(([size, fill]) => new Uint8Array(size).fill(fill));
const packets = fc.array(packet, { minLength: 1, maxLength: 8 });

/** Each packet on pages of its own, so that both small and continued ones occur. */
function pagesOf(list: readonly Uint8Array[]): Uint8Array[] {
  const pages: Uint8Array[] = [];
  for (const [index, one] of list.entries()) {
    const last = index === list.length - 1;
    pages.push(...pagesOfPacket(one, { serial: 7, sequence: pages.length, granule: index, first: index === 0, last }));
  }
  return pages;
}

function readAll(bytes: Uint8Array): { packets: Uint8Array[]; pages: OggPage[]; fault: string | null } {
  const joiner = new OggPacketJoiner();
  const read: Uint8Array[] = [];
  const pages: OggPage[] = [];
  for (let at = 0; at < bytes.length;) {
    const reading = decodePage(bytes, at);
    if (reading.kind !== 'page') return { packets: read, pages, fault: reading.kind };
    const joined = joiner.push(reading.page);
    if (joined === null || reading.page.sequence !== pages.length) return { packets: read, pages, fault: 'order' };
    read.push(...joined);
    pages.push(reading.page);
    at += reading.size;
  }
  return { packets: read, pages, fault: null };
}

const join = (chunks: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(chunks));
const same = (a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean =>
  a.length === b.length && a.every((one, index) => Buffer.compare(one, b[index] ?? new Uint8Array(0)) === 0);

test('the checksum is that of the standard table', () => {
  // The plain, bit by bit definition.
  const slow = (bytes: Uint8Array): number => {
    let crc = 0;
    for (const byte of bytes) {
      crc ^= byte << 24;
      for (let bit = 0; bit < 8; bit += 1) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
    }
    return crc >>> 0;
  };
  assert.equal(oggCrc(new TextEncoder().encode('123456789')), 0x89a1897f);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => assert.equal(oggCrc(bytes), slow(bytes))));
});

test('[AU4] packets of any size survive pages', () => {
  fc.assert(fc.property(packets, (list) => {
    const pages = pagesOf(list);
    assert.ok(pages.every((page) => page.length <= MAX_PAGE_BYTES));
    const read = readAll(join(pages));
    assert.equal(read.fault, null);
    assert.ok(same(read.packets, list));
    assert.ok(read.pages[0]?.first === true && read.pages.at(-1)?.last === true);
  }), { numRuns: 60 });
});

test('[AU4] several whole packets share a page', () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 60 }), (list) => {
    fc.pre(list.reduce((sum, one) => sum + segmentsOf(one.length), 0) <= 255);
    const page = pageOfPackets(list, { serial: 1, sequence: 0, granule: 99, first: false, last: false });
    const read = readAll(page);
    assert.ok(same(read.packets, list));
    assert.equal(read.pages[0]?.granule, 99);
  }));
});

test('[AU4] cut at any byte, every packet on whole pages is read and no more', () => {
  fc.assert(fc.property(packets, fc.double({ min: 0, max: 1, noNaN: true }), (list, part) => {
    const pages = pagesOf(list);
    const bytes = join(pages);
    const cut = Math.floor(part * bytes.length);
    let end = 0;
    const whole = pages.filter((page) => (end += page.length) <= cut);
    const expected = readAll(join(whole)).packets;
    const read = readAll(bytes.subarray(0, cut));
    assert.ok(same(read.packets, expected) && same(expected, list.slice(0, expected.length)));
    assert.equal(read.fault, join(whole).length === cut ? null : 'short');
  }), { numRuns: 60 });
});

test('[AU5] any changed byte is noticed', () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 4 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (list, seed, change) => {
    const bytes = join(pagesOf(list));
    const at = seed % bytes.length;
    bytes[at] = (bytes[at] ?? 0) ^ change;
    assert.notEqual(readAll(bytes).fault, null, `byte ${at}`);
  }), { numRuns: 500 });
});

test('granule positions keep their 64 bits', () => {
  const page = { serial: 0xffffffff, sequence: 0xfffffffe, continued: false, first: false, last: false, lacing: new Uint8Array(0), body: new Uint8Array(0) };
  for (const granule of [-1, 0, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    const reading = decodePage(encodePage({ ...page, granule }));
    assert.ok(reading.kind === 'page');
    assert.deepEqual({ ...reading.page }, { ...page, granule });
  }
});
