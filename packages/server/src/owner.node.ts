import { statSync } from 'node:fs';
import { Failure } from '@earshot/protocol/failures.ts';
import { layout, named } from './check/check.node.ts';

const ROOT = 0;

/**
 * Whoever makes files in a data folder asks this first: those of root the server's own user could not write any more, and nothing would start until
 * somebody found out why. Commands that only write to the database need not ask, SQLite gives its files to the owner of the database. Fails with
 * `server.data-foreign`, which names the owner, and with `server.data-unwritable` where even root may not look.
 */
export function refuseForeign(dataDir: string): void {
  if (process.getuid?.() !== ROOT) return;
  const owner = named(dataDir, () => ownerOf(dataDir));
  if (owner !== undefined && owner !== ROOT) throw new Failure('server.data-foreign', { path: dataDir, owner });
}

/** Of the database; where there is none yet, of the folder that was made for it. Where there is neither it is whoever begins. */
function ownerOf(dataDir: string): number | undefined {
  const there = statSync(layout(dataDir).database, { throwIfNoEntry: false }) ?? statSync(dataDir, { throwIfNoEntry: false });
  return there?.uid;
}
