import { createHash } from 'node:crypto';
import type { Id } from '@earshot/base/ids.ts';

/** Ids and bytes that two processes know without telling each other. */
export function idAt(count: number): Id {
  return `${(count % 8).toString()}${String(count).padStart(25, '0')}`;
}

export function bytesFor(blob: Id, offset: number, length: number, version = 0): Uint8Array {
  const seed = createHash('sha256').update(`${blob} ${offset} ${version}`).digest();
  return Uint8Array.from({ length }, (_, at) => (seed[at % 32] ?? 0) ^ (at >> 5));
}
