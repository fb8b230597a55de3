import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Blobs } from './blobs/blobs.ts';
import { SegmentBlobs } from './blobs/segments.node.ts';
import { refuseHalfRestored } from './restoring.node.ts';
import { openingFailure, openSqliteStore } from './store/sqlite.node.ts';
import type { Store } from './store/store.ts';

/** How a data folder is laid out: the store, which several processes may open. Fails with `restore.unfinished`, and as `openSqliteStore` does. */
export function openStore(dataDir: string): Store {
  refuseHalfRestored(dataDir);
  return openSqliteStore(join(dataDir, 'earshot.db'));
}

/**
 * The blobs, which are one server's alone: whoever has them owns the folder. Fails with `server.data-in-use` or
 * `server.data-unwritable`.
 */
export function openBlobs(dataDir: string): Blobs {
  const path = join(dataDir, 'blobs');
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return new SegmentBlobs(path);
  } catch (error) {
    throw openingFailure(error, path);
  }
}
