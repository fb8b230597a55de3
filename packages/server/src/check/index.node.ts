import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Id } from '@earshot/base/ids.ts';
import { originAt, type Piece, segmentName, stretchesOf } from '../blobs/segment-format.node.ts';
import { pieceOf, type SegmentState } from '../blobs/segment-index.node.ts';
import { SQLITE_BUSY, sqliteCode } from '../store/sqlite-commit.node.ts';
import { number } from '../store/sqlite-rows.node.ts';
import { isDamage, type WantedBlob } from './database.node.ts';
import type { Finding } from './findings.ts';
import type { Scan } from './scan.node.ts';

/** What the index says, or why it says nothing: a server has it, it is damaged, or there is none. */
export type IndexSeen =
  | { readonly is: 'read'; readonly segments: readonly SegmentState[]; readonly pieces: readonly Piece[] }
  | { readonly is: 'taken' | 'damaged' | 'none' };

/** `withPieces`: not only the segments. */
export function readIndex(path: string, withPieces: boolean): IndexSeen {
  if (!existsSync(path)) return { is: 'none' };
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('PRAGMA query_only = ON');
    const segments = database.prepare('SELECT number, complete, live FROM segment').all().map((row) => ({ number: number(row, 'number'), complete: number(row, 'complete'), live: number(row, 'live') }));
    return { is: 'read', segments, pieces: withPieces ? database.prepare('SELECT * FROM piece ORDER BY origin').all().map(pieceOf) : [] };
  } catch (error) {
    if (sqliteCode(error) === SQLITE_BUSY) return { is: 'taken' };
    if (isDamage(error) || isForeign(error)) return { is: 'damaged' };
    throw error;
  } finally {
    database.close();
  }
}

/** Tables that are not there, or columns of another kind. */
function isForeign(error: unknown): boolean {
  return error instanceof TypeError || sqliteCode(error) === 1;
}

/** By names and sizes only: cheap enough for every start. */
export function checkSegments(folder: string, segments: readonly SegmentState[]): readonly Finding[] {
  return segments.flatMap(({ number: segment, complete, live }): Finding[] => {
    const size = statSync(join(folder, segmentName(segment)), { throwIfNoEntry: false })?.size;
    if (size === undefined) return live > 0 ? [{ code: 'segment.missing', evidence: { segment, bytes: live } }] : [];
    return size < complete ? [{ code: 'segment.torn', evidence: { segment, bytes: complete - size, acknowledged: true } }] : [];
  });
}

/** Whether every piece of the index is where it says, and whether the index leads to everything that is wanted and there. */
export function checkIndex(seen: IndexSeen & { readonly is: 'read' }, { pieces, segments, stains, places }: Scan, wanted: readonly WantedBlob[]): readonly Finding[] {
  const complete = new Map(seen.segments.map((one) => [one.number, one.complete]));
  const known = new Map<Id, Piece[]>();
  for (const piece of seen.pieces) {
    // What a segment lost is told of the segment.
    const lost = !segments.includes(piece.segment) || stains.some(({ segment, from, to, last }) => segment === piece.segment && piece.position >= from && (last || piece.position < to));
    if (!places.has(originAt(piece.segment, piece.position)) && !lost) return [{ code: 'index.damaged', evidence: { blob: piece.blob, segment: piece.segment, position: piece.position } }];
    known.set(piece.blob, [...(known.get(piece.blob) ?? []), piece]);
  }
  for (const { id, length } of wanted) {
    const found = (pieces.get(id) ?? []).map(({ piece }) => piece);
    // A start brings the index up to what was written behind its end.
    const later = found.filter(({ segment, position }) => position >= (complete.get(segment) ?? 0));
    if (stretchesOf(found, 0, length) !== null && stretchesOf([...(known.get(id) ?? []), ...later], 0, length) === null) return [{ code: 'index.damaged', evidence: { blob: id } }];
  }
  return [];
}
