import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { isIncidentCause, type IncidentCause } from '@earshot/protocol/incidents.ts';
import { refuseHalfRestored } from '../restoring.node.ts';
import { number, numberOrNull, text } from '../store/sqlite-rows.node.ts';
import { DATA_VERSION } from '../store/sqlite-schema.node.ts';
import { checkFolder, checkQuickly, layout, named } from './check.node.ts';
import { openToRead } from './database.node.ts';
import type { Finding } from './findings.ts';

/** What a look of a moment shows of a data folder, beside a running server or without one. */
export interface Signs {
  readonly folder: readonly Finding[];
  /** `none`: nobody ever served from here. */
  readonly database: 'sound' | 'damaged' | 'newer' | 'missing' | 'none';
  /** Read from a sound database of this version; null without one. */
  readonly life: Life | null;
}

export interface Life {
  /** When a server last said that it lives, by its clock: milliseconds since 1970. Null when none ever did. */
  readonly alive: number | null;
  readonly standing: readonly IncidentCause[];
  /** Bytes of the person who has the most. */
  readonly mostUsed: number;
}

/** Null when there is no such folder. Changes nothing. Fails with `restore.unfinished`, and with `server.data-unwritable` when it may not be opened. */
export function readSigns(dataDir: string): Signs | null {
  refuseHalfRestored(dataDir);
  return existsSync(dataDir) ? named(dataDir, () => signsOf(dataDir)) : null;
}

function signsOf(dataDir: string): Signs {
  const folder = checkFolder(dataDir);
  const paths = layout(dataDir);
  const damage = new Set(checkQuickly(dataDir).map(({ code }) => code));
  if (damage.size > 0) return { folder, database: damage.has('database.missing') ? 'missing' : damage.has('database.newer') ? 'newer' : 'damaged', life: null };
  const { database } = openToRead(paths.database);
  if (database === null) return { folder, database: 'none', life: null };
  try {
    return { folder, database: 'sound', life: lifeIn(database) };
  } finally {
    database.close();
  }
}

function lifeIn(database: DatabaseSync): Life | null {
  // What an older version left is brought up to date by the next start, not by whoever looks.
  if (Number(database.prepare('PRAGMA user_version').get()?.['user_version']) < DATA_VERSION) return null;
  const life = database.prepare('SELECT alive FROM life').get();
  const most = database.prepare('SELECT max(used) AS most FROM person').get();
  const standing = database.prepare('SELECT DISTINCT cause FROM incident WHERE ended IS NULL').all().map((row) => text(row, 'cause'));
  return { alive: life ? number(life, 'alive') : null, standing: standing.filter(isIncidentCause), mostUsed: (most && numberOrNull(most, 'most')) ?? 0 };
}
