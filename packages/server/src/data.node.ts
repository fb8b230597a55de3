import { mkdirSync } from 'node:fs';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Blobs } from './blobs/blobs.ts';
import { SegmentBlobs } from './blobs/segments.node.ts';
import { isSoundAlone, layout, named } from './check/check.node.ts';
import { isBegun } from './check/database.node.ts';
import { refuseForeign } from './owner.node.ts';
import { refuseHalfRestored } from './restoring.node.ts';
import { openingFailure, openSqliteStore } from './store/sqlite.node.ts';
import type { Store } from './store/store.ts';

/**
 * The store of a data folder, which several processes may open. Beside sound that waits for its database none is begun: to an empty one all of that
 * sound would be nobody's, and be cleared away. Fails with `restore.unfinished`, and as `openSqliteStore` does.
 */
export function openStore(dataDir: string): Store {
  refuseIncomplete(dataDir);
  return openSqliteStore(layout(dataDir).database);
}

/** The store that a server has begun: whoever commands one and names the wrong folder makes none there. Fails with `file.unreadable` where there is none, else as `openStore` does. */
export function openBegunStore(dataDir: string): Store {
  refuseIncomplete(dataDir);
  const { database: path } = layout(dataDir);
  if (!named(path, () => isBegun(path))) throw new Failure('file.unreadable', { path });
  return openSqliteStore(path);
}

function refuseIncomplete(dataDir: string): void {
  refuseHalfRestored(dataDir);
  if (named(dataDir, () => isSoundAlone(dataDir))) throw new Failure('server.data-damaged', { reason: 'database.missing', path: dataDir });
}

/**
 * The blobs, which are one server's alone: whoever has them owns the folder. Fails with `server.data-in-use`,
 * `server.data-unwritable` or `server.data-foreign`.
 */
export function openBlobs(dataDir: string): Blobs {
  refuseForeign(dataDir);
  const path = layout(dataDir).blobs;
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return new SegmentBlobs(path);
  } catch (error) {
    throw openingFailure(error, path);
  }
}
