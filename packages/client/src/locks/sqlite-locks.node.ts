import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Clock, systemClock } from '@earshot/base/clock.ts';
import type { Locks } from '../locks.ts';
import { memoryLocks } from './memory.ts';

/** How often somebody who waits looks again. Milliseconds. */
const POLL = 25;
const SQLITE_BUSY = 5;

/**
 * Locks between processes: each name is a small database, and who is inside an exclusive transaction on it holds the lock. The
 * kernel ends it with the process, however that dies. Within a process callers queue up in memory first.
 */
export function sqliteLocks(folder: string, clock: Clock = systemClock): Locks {
  mkdirSync(folder, { recursive: true });
  const here = memoryLocks();
  return {
    hold: (name, work, signal) =>
      here.hold(
        name,
        async () => {
          using database = new DatabaseSync(join(folder, `${createHash('sha256').update(name).digest('hex').slice(0, 32)}.lock`));
          while (!tryExclusive(database)) {
            await clock.sleep(POLL, signal);
            signal?.throwIfAborted();
          }
          return await work();
        },
        signal,
      ),
  };
}

/** Nothing is ever written, so holding costs no sync; closing the database lets go. */
function tryExclusive(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return false;
    throw error;
  }
}
