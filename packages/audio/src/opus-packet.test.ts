import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameCount, isStereoPacket, isValidPacket, packetSamples } from './opus-packet.ts';

/** Milliseconds of one frame for the 32 configurations (RFC 6716, table 2). */
const MILLISECONDS = [
  10, 20, 40, 60, 10, 20, 40, 60, 10, 20, 40, 60, 10, 20, 10, 20,
  2.5, 5, 10, 20, 2.5, 5, 10, 20, 2.5, 5, 10, 20, 2.5, 5, 10, 20,
];

test('[AU1] every configuration and frame count gives its duration', () => {
  for (const [config, milliseconds] of MILLISECONDS.entries()) {
    const frame = milliseconds * 48;
    for (const stereo of [0, 4]) {
      const toc = (config << 3) | stereo;
      assert.equal(packetSamples(Uint8Array.of(toc, 1)), frame);
      assert.equal(packetSamples(Uint8Array.of(toc | 1, 1, 1)), frame * 2);
      assert.equal(packetSamples(Uint8Array.of(toc | 2, 1, 1)), frame * 2);
      assert.equal(isStereoPacket(Uint8Array.of(toc)), stereo === 4);
      for (let count = 0; count < 64; count += 1) {
        const samples = frame * count <= 5_760 ? frame * count : 0;
        assert.equal(packetSamples(Uint8Array.of(toc | 3, count)), samples);
      }
    }
  }
  assert.equal(packetSamples(new Uint8Array(0)), 0);
  assert.equal(frameCount(Uint8Array.of(0xff)), 0);
});

const packet = (toc: number, rest: readonly number[]): Uint8Array => Uint8Array.of(toc, ...rest);
const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);

test('[AU1] packets whose frames fit are valid', () => {
  assert.ok(isValidPacket(packet(0xf8, [])), 'a lost frame');
  assert.ok(isValidPacket(packet(0xf8, zeros(1_275))));
  assert.ok(isValidPacket(packet(0xf9, zeros(4))), 'two of two bytes');
  assert.ok(isValidPacket(packet(0xfa, [1, 9, 9, 9])), 'one byte, then two');
  assert.ok(isValidPacket(packet(0xfa, [252, 1, ...zeros(256), 7])), 'a length in two bytes: 256');
  assert.ok(isValidPacket(packet(0xfb, [3, ...zeros(6)])), 'three of the same size');
  assert.ok(isValidPacket(packet(0xfb, [0x83, 1, 2, ...zeros(3), 5])), 'three of their own sizes');
  assert.ok(isValidPacket(packet(0xfb, [0x43, 2, ...zeros(6), 0, 0])), 'with two bytes of padding');
  assert.ok(isValidPacket(packet(0xfb, [0x41, 255, 1, 5, ...zeros(255)])), 'padding told in two bytes: 254 and 1');
});

test('[AU1] packets that contradict themselves are not', () => {
  assert.ok(!isValidPacket(new Uint8Array(0)));
  assert.ok(!isValidPacket(packet(0xf8, zeros(1_276))), 'a frame too long');
  assert.ok(!isValidPacket(packet(0xf9, zeros(3))), 'two frames of one and a half');
  assert.ok(!isValidPacket(packet(0xfa, [])), 'no length');
  assert.ok(!isValidPacket(packet(0xfa, [252])), 'half a length');
  assert.ok(!isValidPacket(packet(0xfa, [5, 1])), 'a frame beyond the end');
  assert.ok(!isValidPacket(packet(0xfb, [])), 'no count');
  assert.ok(!isValidPacket(packet(0xfb, [0])), 'no frame');
  assert.ok(!isValidPacket(packet(0xfb, [7, ...zeros(7)])), '140 ms');
  assert.ok(!isValidPacket(packet(0xfb, [3, ...zeros(7)])), 'not divisible');
  assert.ok(!isValidPacket(packet(0xfb, [0x82, 9, 1])), 'a counted frame beyond the end');
  assert.ok(!isValidPacket(packet(0xfb, [0x42, 9, 1])), 'more padding than packet');
  assert.ok(!isValidPacket(packet(0xfb, [0x42, 255])), 'padding that never ends');
});
