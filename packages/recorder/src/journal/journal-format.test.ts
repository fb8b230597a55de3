import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat } from '@earshot/base/encoding.ts';
import fc from 'fast-check';
import { crc32 } from './crc32.ts';
import { CHAIN_START, decodeJournal, encodeEntries, encodeHeader } from './journal-format.ts';
import type { JournalEntry } from './journal.ts';

const header = { take: 'take', conversation: 'talk', started: 1_700_000_000_000 };

const entry: fc.Arbitrary<JournalEntry> = fc.oneof(
  fc.record({ type: fc.constant('packet' as const), bytes: fc.uint8Array({ minLength: 1, maxLength: 80 }), peak: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ type: fc.constant('part' as const), preSkip: fc.integer({ min: 0, max: 65_535 }), microphone: fc.string({ unit: 'grapheme', maxLength: 20 }) }),
  fc.record({ type: fc.constant('end' as const), padding: fc.integer({ min: 0, max: 65_535 }) }),
  fc.record({ type: fc.constant('state' as const), state: fc.constantFrom('open' as const, 'sent' as const, 'discarded' as const), at: fc.integer({ min: 0 }) }),
);

function journalOf(batches: readonly (readonly JournalEntry[])[]): Uint8Array<ArrayBuffer> {
  const first = encodeHeader(header);
  const pieces = [first.bytes];
  let { chain } = first;
  for (const batch of batches) {
    const next = encodeEntries(batch, chain);
    pieces.push(next.bytes);
    chain = next.chain;
  }
  return concat(pieces);
}

const plain = (entries: readonly JournalEntry[]): unknown[] => entries.map((one) => Object.assign({}, one, one.type === 'packet' && { bytes: [...one.bytes] }));

test('crc32 of "123456789" is the published one, in one piece or two', () => {
  const text = new TextEncoder().encode('123456789');
  assert.equal(crc32(text), 0xcbf43926);
  assert.equal(crc32(text.subarray(4), crc32(text.subarray(0, 4))), 0xcbf43926);
});

test('[REC1] whatever is written is read, in whatever batches', () => {
  fc.assert(fc.property(fc.array(fc.array(entry, { maxLength: 6 }), { maxLength: 8 }), (batches) => {
    const bytes = journalOf(batches);
    const read = decodeJournal(bytes);
    assert.deepEqual(read.header, header);
    assert.deepEqual(plain(read.entries), plain(batches.flat()));
    assert.equal(read.whole, bytes.length);
  }));
});

test('[REC2] cut anywhere, a journal reads as a beginning of itself', () => {
  fc.assert(fc.property(fc.array(entry, { minLength: 1, maxLength: 12 }), fc.nat(), (entries, where) => {
    const bytes = journalOf([entries]);
    const cut = where % bytes.length;
    const read = decodeJournal(bytes.subarray(0, cut));
    assert.ok(read.whole <= cut && read.entries.length < entries.length);
    assert.deepEqual(plain(read.entries), plain(entries.slice(0, read.entries.length)));
  }));
});

test('[REC2] with any byte changed, a journal reads as a beginning of itself', () => {
  fc.assert(fc.property(fc.array(entry, { minLength: 1, maxLength: 12 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (entries, where, change) => {
    const bytes = journalOf([entries]);
    const at = where % bytes.length;
    bytes[at] = (bytes[at] ?? 0) ^ change;
    const read = decodeJournal(bytes);
    assert.ok(read.whole <= at);
    assert.deepEqual(plain(read.entries), plain(entries.slice(0, read.entries.length)));
  }));
});

test('[REC2] any bytes at all are read without falling over', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    assert.equal(decodeJournal(bytes).whole, 0);
  }));
});

test('an entry of a newer version is stepped over and stays', () => {
  const first = encodeHeader(header);
  const known = encodeEntries([{ type: 'end', padding: 1 }], first.chain);
  const later = known.bytes.slice();
  later[4] = 99;
  new DataView(later.buffer).setUint32(5, crc32(later.subarray(9), crc32(later.subarray(0, 5), first.chain)), true);
  const chain = new DataView(later.buffer).getUint32(5, true);
  const bytes = concat([first.bytes, later, encodeEntries([{ type: 'end', padding: 2 }], chain).bytes]);
  const read = decodeJournal(bytes);
  assert.deepEqual(read.entries, [{ type: 'end', padding: 2 }]);
  assert.equal(read.whole, bytes.length);
  assert.equal(CHAIN_START, 0);
});
