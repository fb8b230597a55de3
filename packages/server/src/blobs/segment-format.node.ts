import { readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { assert } from '@earshot/base/assert.ts';
import type { Id } from '@earshot/base/ids.ts';

/**
 * A segment is a file of pieces, one after the other, each a head of 64 bytes and then its bytes:
 *
 *      0  magic         4  CRC-32 of the head from byte 8 on
 *      8  blob id, 26 ASCII characters, 2 bytes of zero
 *     36  length        40 origin, 8 bytes     48  offset in the blob, 8 bytes
 *     56  CRC-32 of the bytes                  60  4 bytes of zero
 *
 * Numbers are little-endian and unsigned. The folder alone tells everything: an index is only a cache of it.
 */
export interface Piece {
  readonly blob: Id;
  /** Where the piece was written first, as one number that only grows: of two pieces the one with the larger origin is the later. */
  readonly origin: number;
  /** Within the blob. */
  readonly offset: number;
  readonly length: number;
  readonly segment: number;
  /** Of the head in the segment. */
  readonly position: number;
}

export const HEAD_BYTES = 64;
const MAGIC = 0x31524145; // "EAR1"
const ID_BYTES = 26;
/** Larger than any position in a segment. */
const ORIGINS_PER_SEGMENT = 2 ** 32;

export function originAt(segment: number, position: number): number {
  return segment * ORIGINS_PER_SEGMENT + position;
}

export function segmentName(segment: number): string {
  return `${String(segment).padStart(6, '0')}.seg`;
}

export function segmentNumber(name: string): number | null {
  const match = /^(\d{6,})\.seg$/.exec(name);
  return match ? Number(match[1]) : null;
}

export function encodeHead({ blob, length, origin, offset }: Pick<Piece, 'blob' | 'length' | 'origin' | 'offset'>, sum: number): Buffer {
  assert(blob.length === ID_BYTES, 'a blob id has 26 characters');
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(MAGIC, 0);
  head.write(blob, 8, ID_BYTES, 'latin1');
  head.writeUInt32LE(length, 36);
  head.writeBigUInt64LE(BigInt(origin), 40);
  head.writeBigUInt64LE(BigInt(offset), 48);
  head.writeUInt32LE(sum, 56);
  head.writeUInt32LE(crc32(head.subarray(8)), 4);
  return head;
}

export interface FoundPiece {
  readonly piece: Piece;
  /** Where the next one begins. */
  readonly end: number;
  readonly sum: number;
}

/** How a segment ends after its last piece: `torn` within a piece that was never completed, `damaged` with bytes that are none. */
export type Tail = 'clean' | 'torn' | 'damaged';

/** The pieces of an open segment from the position `from` on, by their heads; answers where they end, and how. */
export function* piecesOf(file: number, segment: number, from: number, size: number): Generator<FoundPiece, { readonly end: number; readonly tail: Tail }> {
  const head = Buffer.alloc(HEAD_BYTES);
  let position = from;
  while (position < size) {
    if (size - position < HEAD_BYTES) return { end: position, tail: 'torn' };
    readExactly(file, head, position);
    if (head.readUInt32LE(0) !== MAGIC || crc32(head.subarray(8)) !== head.readUInt32LE(4)) return { end: position, tail: 'damaged' };
    const length = head.readUInt32LE(36);
    if (position + HEAD_BYTES + length > size) return { end: position, tail: 'torn' };
    const piece = { blob: head.toString('latin1', 8, 8 + ID_BYTES), origin: Number(head.readBigUInt64LE(40)), offset: Number(head.readBigUInt64LE(48)), length, segment, position };
    position += HEAD_BYTES + length;
    yield { piece, end: position, sum: head.readUInt32LE(56) };
  }
  return { end: position, tail: 'clean' };
}

/** The bytes of a piece, or null when they are not what was written. */
export function bytesOf(file: number, { piece, sum }: FoundPiece): Buffer | null {
  const bytes = Buffer.allocUnsafe(piece.length);
  readExactly(file, bytes, piece.position + HEAD_BYTES);
  return crc32(bytes) === sum ? bytes : null;
}

function readExactly(file: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    const count = readSync(file, bytes, done, bytes.length - done, position + done);
    assert(count > 0, 'the size of the segment was known');
    done += count;
  }
}

/** A stretch of a blob in one piece. */
export interface Stretch {
  readonly piece: Piece;
  /** Within the blob. */
  readonly start: number;
  readonly end: number;
}

/**
 * Which pieces make up `[start, end)` of a blob, in order; null when some of it was never written. `pieces` are in the order of
 * their origins: a later one ends what was written before at its offset and beyond, because only what was never committed is
 * ever written again.
 */
export function stretchesOf(pieces: readonly Piece[], start: number, end: number): readonly Stretch[] | null {
  const valid: Stretch[] = [];
  for (const piece of pieces) {
    for (let last = valid.at(-1); last && last.start >= piece.offset; last = valid.at(-1)) valid.pop();
    const last = valid.at(-1);
    if (last && last.end > piece.offset) valid.splice(-1, 1, { ...last, end: piece.offset });
    valid.push({ piece, start: piece.offset, end: piece.offset + piece.length });
  }
  const wanted = valid.filter((stretch) => stretch.start < end && stretch.end > start).map((stretch) => ({ piece: stretch.piece, start: Math.max(start, stretch.start), end: Math.min(end, stretch.end) }));
  let at = start;
  for (const stretch of wanted) {
    if (stretch.start !== at) return null;
    at = stretch.end;
  }
  return at === end || start === end ? wanted : null;
}
