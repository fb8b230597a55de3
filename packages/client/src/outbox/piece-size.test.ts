import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PieceSize, SMALLEST } from './piece-size.ts';

/** Sends `total` bytes over a link of so many bytes a millisecond; the sizes of the pieces. */
function send(size: PieceSize, total: number, rate: number, latency: number): number[] {
  const pieces: number[] = [];
  for (let left = total; left > 0; left -= pieces.at(-1) ?? left) {
    const bytes = Math.min(left, size.bytes);
    size.took(bytes, latency + bytes / rate, 0);
    pieces.push(bytes);
  }
  return pieces;
}

test('[WAY7] a piece comes to take about a second of the link, whatever the link', () => {
  for (const [bits, latency] of [[64_000, 50], [1_000_000, 100], [20_000_000, 30]] as const) {
    const size = new PieceSize();
    const pieces = send(size, 8_000_000, bits / 8_000, latency);
    const settled = pieces.at(-2) ?? 0;
    const seconds = settled / (bits / 8);
    assert.ok((seconds > 0.5 || settled === 1_048_576) && seconds < 1.2, `${bits} bit/s: ${settled} bytes, ${seconds} s`);
  }
});

test('[WAY7] what is refused for its size comes in halves, down to the smallest, and the size is tried again later', () => {
  const size = new PieceSize();
  const seen: number[] = [];
  for (let now = 0, bytes = size.bytes; size.lost(bytes, false, now); bytes = size.bytes, now += 1) seen.push(bytes);
  assert.deepEqual(seen, [65_536, 32_768, 16_384]);
  assert.equal(size.bytes, SMALLEST);
  size.took(SMALLEST, 1, 1_000);
  assert.equal(size.bytes, SMALLEST, 'remembered');
  size.took(SMALLEST, 1, 700_000);
  assert.ok(size.bytes > SMALLEST, 'tried upwards');
});

test('[WAY7] patience follows the link, doubles with every stall in a row, and has an end', () => {
  const size = new PieceSize();
  assert.equal(size.patience(65_536), 15_000);
  size.took(65_536, 100, 0);
  assert.ok(size.patience(65_536) < 5_000);
  const before = size.patience(8_192);
  size.lost(8_192, true, 0);
  assert.equal(size.patience(8_192), before * 2);
  for (let count = 0; count < 10; count += 1) size.lost(8_192, true, 0);
  assert.equal(size.patience(8_192), 30_000);
});
