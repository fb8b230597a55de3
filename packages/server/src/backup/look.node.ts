import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Whether the database in this folder holds an event, with what is in it: one that was removed is no longer there. */
export function holdsEvent(dataDir: string, event: string): boolean {
  const database = new DatabaseSync(join(dataDir, 'earshot.db'), { readOnly: true });
  try {
    return database.prepare('SELECT 1 FROM event WHERE id = ? AND body IS NOT NULL AND removed_at IS NULL').get(event) !== undefined;
  } finally {
    database.close();
  }
}
