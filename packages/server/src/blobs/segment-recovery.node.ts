import { closeSync, fstatSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOf, type Piece, piecesOf, segmentName, segmentNumber, type Tail } from './segment-format.node.ts';
import type { SegmentIndex } from './segment-index.node.ts';

export interface Recovered {
  /** The largest number that was ever given to a segment here. */
  readonly last: number;
  /** Where that one goes on; null when a new one has to be begun. */
  readonly goesOnAt: number | null;
}

/**
 * Brings the index up to what the segments tell: after a clean end nothing, after a crash the last few pieces, without an index
 * all. Nothing is changed in the segments, and pieces that are not whole are passed over: they were never acknowledged, or
 * they are damaged and of no use to anybody but an investigator.
 */
export function recoverSegments(folder: string, index: SegmentIndex, atOnce: number): Recovered {
  const known = new Map(index.segments().map((state) => [state.number, state.complete]));
  const files = readdirSync(folder).map(segmentNumber).filter((number) => number !== null).sort((one, other) => one - other);
  const lost = new Map<number, Piece[]>();
  const add = (piece: Piece): void => {
    const place = index.place(piece.blob, piece.origin);
    // A power cut may forget that a piece was moved, but not that its old segment went.
    if (place && !files.includes(place.segment)) lost.set(place.segment, [...(lost.get(place.segment) ?? []), piece]);
    else if (!place) index.add(piece);
  };
  let goesOnAt: number | null = null;
  for (const segment of files) {
    const from = known.get(segment) ?? 0;
    const { end, tail } = readSegment(folder, segment, from, (piece, after) => {
      add(piece);
      index.complete(segment, after);
      if (index.waiting >= atOnce) index.flush();
    });
    index.flush();
    goesOnAt = tail === 'damaged' ? null : end;
  }
  for (const [segment, pieces] of lost) index.move(segment, pieces);
  const last = Math.max(0, ...files, ...known.keys());
  return { last, goesOnAt: files.at(-1) === last ? goesOnAt : null };
}

function readSegment(folder: string, segment: number, from: number, found: (piece: Piece, end: number) => void): { readonly end: number; readonly tail: Tail } {
  const file = openSync(join(folder, segmentName(segment)), 'r');
  try {
    const { size } = fstatSync(file);
    if (size < from) return { end: from, tail: 'damaged' };
    const pieces = piecesOf(file, segment, from, size);
    for (let next = pieces.next(); ; next = pieces.next()) {
      if (next.done) return next.value;
      if (bytesOf(file, next.value)) found(next.value.piece, next.value.end);
    }
  } finally {
    closeSync(file);
  }
}
