import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AudioError } from './audio-error.ts';
import { PacketStreamReader, readPackets, writePackets } from './packet-stream.ts';

const packets = fc.array(fc.uint8Array({ minLength: 1, maxLength: 400 }), { maxLength: 20 });

function assertSame(seen: readonly Uint8Array[], expected: readonly Uint8Array[]): void {
  assert.deepEqual(seen.map((packet) => Buffer.from(packet)), expected.map((packet) => Buffer.from(packet)));
}

test('[AU2] cut at any byte, every whole packet is there and the rest is reported', () => {
  fc.assert(fc.property(packets, fc.nat(), (list, seed) => {
    const bytes = writePackets(list);
    const cut = seed % (bytes.length + 1);
    const read = readPackets(bytes.subarray(0, cut));
    assertSame(read.packets, list.slice(0, read.packets.length));
    const whole = list.slice(0, read.packets.length).reduce((sum, packet) => sum + 2 + packet.length, 0);
    assert.equal(whole + read.rest.length, cut);
    const next = list[read.packets.length];
    assert.ok(next === undefined || read.rest.length < 2 + next.length, 'no whole packet was left out');
  }));
});

test('[AU2] pieces cut anywhere give the same packets', () => {
  fc.assert(fc.property(packets, fc.integer({ min: 1, max: 300 }), (list, size) => {
    const bytes = writePackets(list);
    const reader = new PacketStreamReader();
    const read: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += size) read.push(...reader.push(bytes.subarray(at, at + size)));
    assertSame(read, list);
    assert.equal(reader.pendingBytes, 0);
    assert.equal(reader.wholeBytes, bytes.length);
  }));
});

test('[AU3] a packet of no bytes or too many is refused, with the offset up to which all is good', () => {
  const good = writePackets([Uint8Array.of(1, 2, 3)]);
  const zeros = Uint8Array.of(...good, 0, 0, 0, 0);
  const refused = (reason: string, offset: number) => (error: unknown): boolean =>
    error instanceof AudioError && error.reason === reason && error.evidence['offset'] === offset;
  assert.throws(() => readPackets(zeros), refused('damaged', 5));
  assert.throws(() => readPackets(Uint8Array.of(...good, 0xf0, 0x01)), refused('too-large', 5));
  assert.throws(() => writePackets([new Uint8Array(0)]), refused('damaged', 0));
  assert.throws(() => writePackets([new Uint8Array(61_441)]), refused('too-large', 0));
  assert.equal(readPackets(writePackets([new Uint8Array(61_440)])).packets[0]?.length, 61_440);

  const reader = new PacketStreamReader();
  assert.equal(reader.push(good).length, 1);
  assert.throws(() => reader.push(zeros), refused('damaged', 10));
});
