import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOf, type FoundPiece, segmentName, stretchesOf } from '../blobs/segment-format.node.ts';
import type { WantedBlob } from './database.node.ts';
import type { Finding } from './findings.ts';
import type { Scan } from './scan.node.ts';

/** Whether the bytes of a blob are there, and are what they were. Reads all of them. */
export function checkBlob(folder: string, { pieces }: Pick<Scan, 'pieces'>, { id, state, length, sum }: WantedBlob): Finding | null {
  const found = pieces.get(id) ?? [];
  const stretches = stretchesOf(found.map(({ piece }) => piece), 0, length);
  const lost = (code: 'blob.missing' | 'blob.damaged', evidence: Finding['evidence']): Finding => ({ code: state === 'open' ? 'upload.short' : code, evidence: { blob: id, length, ...evidence } });
  if (stretches === null) return lost('blob.missing', { there: found.reduce((most, { piece }) => Math.max(most, piece.offset + piece.length), 0) });
  const hash = createHash('sha256');
  for (const { piece, start, end } of stretches) {
    const one = found.find((candidate) => candidate.piece === piece);
    const bytes = one && readPiece(folder, one);
    if (!bytes) return lost('blob.damaged', { segment: piece.segment, position: piece.position });
    hash.update(bytes.subarray(start - piece.offset, end - piece.offset));
  }
  if (sum !== null && state === 'closed' && hash.digest('hex') !== sum) return lost('blob.damaged', { reason: 'hash' });
  return null;
}

/** Null when the bytes are not those that were written, or went. */
export function readPiece(folder: string, found: FoundPiece): Buffer | null {
  let file: number;
  try {
    file = openSync(join(folder, segmentName(found.piece.segment)), 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  try {
    return bytesOf(file, found);
  } finally {
    closeSync(file);
  }
}
