import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Id } from '@earshot/base/ids.ts';
import { type FoundPiece, HEAD_BYTES, originAt, piecesOf, segmentName, segmentNumber } from '../blobs/segment-format.node.ts';

/** Bytes of a segment that are no piece, `[from, to)`. */
export interface Stain {
  readonly segment: number;
  readonly from: number;
  readonly to: number;
  /** The segment ends with it: the end of a write that never came to its end. */
  readonly last: boolean;
}

export interface Scan {
  readonly segments: readonly number[];
  /** By blob, in the order of their origins; of copies the latest. */
  readonly pieces: ReadonlyMap<Id, readonly FoundPiece[]>;
  readonly stains: readonly Stain[];
  /** Where pieces stand, copies included, by `originAt`. */
  readonly places: ReadonlySet<number>;
}

/** Marks the beginning of a head. */
const MARK = Buffer.from('EAR1', 'latin1');
const SEARCHED_AT_ONCE = 1_048_576;

/** All that the segments tell by their heads, also behind damage. The bytes of the pieces are not looked at. */
export function scanSegments(folder: string): Scan {
  const segments = segmentsOf(folder);
  const found = new Map<Id, Map<number, FoundPiece>>();
  const stains: Stain[] = [];
  const places = new Set<number>();
  for (const segment of segments) {
    for (const one of scanSegment(folder, segment)) {
      if ('last' in one) {
        stains.push(one);
        continue;
      }
      places.add(originAt(one.piece.segment, one.piece.position));
      const known = found.get(one.piece.blob) ?? new Map<number, FoundPiece>();
      found.set(one.piece.blob, known.set(one.piece.origin, one));
    }
  }
  const pieces = new Map(Array.from(found, ([blob, known]) => [blob, [...known.values()].toSorted((one, other) => one.piece.origin - other.piece.origin)]));
  return { segments, pieces, stains, places };
}

export function segmentsOf(folder: string): readonly number[] {
  try {
    return readdirSync(folder).map(segmentNumber).filter((number) => number !== null).toSorted((one, other) => one - other);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Pieces and stains in the order of their places. A segment that went meanwhile (a server rewrote it) has none. */
export function* scanSegment(folder: string, segment: number): Iterable<FoundPiece | Stain> {
  const file = openOrNull(join(folder, segmentName(segment)));
  if (file === null) return;
  try {
    const { size } = fstatSync(file);
    for (let from = 0; from < size; ) {
      const { end } = yield* piecesOf(file, segment, from, size);
      if (end >= size) return;
      const next = nextPiece(file, segment, end + 1, size);
      yield { segment, from: end, to: next ?? size, last: next === null };
      from = next ?? size;
    }
  } finally {
    closeSync(file);
  }
}

function openOrNull(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Where the next whole piece begins, from `from` on. */
function nextPiece(file: number, segment: number, from: number, size: number): number | null {
  const bytes = Buffer.alloc(Math.min(SEARCHED_AT_ONCE, size - from));
  for (let start = from; start + HEAD_BYTES <= size; start += bytes.length - MARK.length + 1) {
    const read = readSync(file, bytes, 0, Math.min(bytes.length, size - start), start);
    for (let at = bytes.subarray(0, read).indexOf(MARK); at !== -1; at = bytes.subarray(0, read).indexOf(MARK, at + 1)) {
      if (piecesOf(file, segment, start + at, size).next().done !== true) return start + at;
    }
    if (read < bytes.length) return null;
  }
  return null;
}
