import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '@earshot/protocol/failures.ts';

/** What `earshot restore --server` leaves in a folder until all of it is there (`packages/backup`, `restore.node.ts`). */
const MARK = 'restoring.json';

/**
 * Whoever opens a data folder asks this first: a server on half of one would number its segments like those that are still to come, and a
 * repair would give up what has only not arrived yet. Fails with `restore.unfinished`, which names the backup.
 */
export function refuseHalfRestored(dataDir: string): void {
  const mark = join(dataDir, MARK);
  if (!existsSync(mark)) return;
  throw new Failure('restore.unfinished', { folder: dataDir, snapshot: /"snapshot":"([^"]*)"/.exec(readFileSync(mark, 'utf8'))?.[1] ?? null });
}
