import { closeSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOf, type FoundPiece, type Piece, piecesOf, segmentName } from './segment-format.node.ts';
import type { NewPiece } from './segment-file.node.ts';
import type { SegmentIndex, SegmentState } from './segment-index.node.ts';

/** Copied between two syncs, so that others are served meanwhile. */
const COPIED_AT_ONCE = 1_048_576;

/** Worth it when most of it counts no more. */
export function isSparse({ complete, live }: SegmentState): boolean {
  return complete > 0 && live * 2 < complete;
}

/**
 * Copies what still counts in a segment to the current one, durably, and lets the index point there. The segment may be
 * unlinked afterwards; ending at any step before leaves only copies that nothing points to. Throws when the segment is not
 * what the index says: then all of it stays.
 */
export async function copyLivePieces(folder: string, { number: segment, complete, live }: SegmentState, index: SegmentIndex, append: (piece: NewPiece) => Promise<Piece>): Promise<void> {
  const path = join(folder, segmentName(segment));
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  // Unlinked already, and the process ended before the index heard of it.
  if (size === undefined && live === 0) return;
  if (size !== complete) throw new Error(`segment ${segment} has ${size ?? 'no'} bytes, of which ${complete} are pieces: kept as it is`);
  const file = openSync(path, 'r');
  try {
    const copies: Piece[] = [];
    for (const group of groupsOf(liveOf(piecesOf(file, segment, 0, size), index))) {
      const appended = group.map((found) => {
        const bytes = bytesOf(file, found);
        if (!bytes) throw new Error(`segment ${segment} is damaged at ${found.piece.position}: kept as it is`);
        return append({ ...found.piece, bytes });
      });
      copies.push(...(await Promise.all(appended)));
    }
    index.move(segment, copies);
  } finally {
    closeSync(file);
  }
}

function* liveOf(found: Iterable<FoundPiece>, index: SegmentIndex): Iterable<FoundPiece> {
  for (const one of found) {
    const place = index.place(one.piece.blob, one.piece.origin);
    if (place?.segment === one.piece.segment && place.position === one.piece.position) yield one;
  }
}

function* groupsOf(found: Iterable<FoundPiece>): Iterable<readonly FoundPiece[]> {
  let group: FoundPiece[] = [];
  let bytes = 0;
  for (const one of found) {
    group.push(one);
    bytes += one.piece.length;
    if (bytes < COPIED_AT_ONCE) continue;
    yield group;
    group = [];
    bytes = 0;
  }
  if (group.length > 0) yield group;
}
