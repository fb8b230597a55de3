import { statSync } from 'node:fs';
import { Failure } from '@earshot/protocol/failures.ts';
import { layout } from './check/check.node.ts';

const ROOT = 0;

/**
 * Whoever makes files in a data folder asks this first: those of root the server's own user could not write any more, and nothing would start until
 * somebody found out why. Commands that only write to the database need not ask, SQLite gives its files to the owner of the database. Fails with
 * `server.data-foreign`, which names the owner.
 */
export function refuseForeign(dataDir: string): void {
  const owner = statSync(layout(dataDir).database, { throwIfNoEntry: false })?.uid;
  if (process.getuid?.() === ROOT && owner !== undefined && owner !== ROOT) throw new Failure('server.data-foreign', { path: dataDir, owner });
}
