import type { Blobs } from '../blobs/blobs.ts';
import type { Vitals } from './vitals.ts';

/** The same blobs; how their writing goes is noted. */
export function watchedBlobs(blobs: Blobs, vitals: Vitals): Blobs {
  return {
    write: (blob, offset, bytes) => vitals.note('uploads', () => blobs.write(blob, offset, bytes)),
    read: (blob, start, end) => blobs.read(blob, start, end),
    remove: (blob) => blobs.remove(blob),
    list: () => blobs.list(),
    tidy: () => blobs.tidy(),
    close: () => blobs.close(),
  };
}
