import { incidentCauses, type IncidentCause } from '@earshot/protocol/incidents.ts';
import type { Health, Incident } from '@earshot/protocol/status.ts';
import type { BackupNote } from './machine.ts';
import type { Vital } from './vitals.ts';

/** With less than this the next minutes of uploads may not fit: bytes. */
export const ROOM_NEEDED = 67_108_864;
/** A part that failed and was not asked again tells nothing any more after this: milliseconds. */
const FORGOTTEN = 600_000;
/** Milliseconds after which a backup is old. */
const STALE = 604_800_000;

export interface Observation {
  readonly now: number;
  readonly vitals: readonly (Vital | null)[];
  /** Bytes; null when unknown. */
  readonly room: number | null;
  /** What came of writing to the disk. */
  readonly disk: 'written' | 'full' | 'failed';
  /** That none is known is the operator's choice. */
  readonly backup: BackupNote;
}

/**
 * What is the matter now.
 * 1. Each cause is named once.
 * 2. A part's own failure is believed until it works again, or for ten minutes after its last try.
 * 3. A backup that is a week old is worth a word, and so is one that could not be made, or that a clock noted which was a week ahead: nobody knows how old it is.
 * 4. That the disk was full is believed only while the disk itself does not tell otherwise.
 */
export function causesOf({ now, vitals, room, disk, backup }: Observation): ReadonlySet<IncidentCause> {
  const full = disk === 'full' || (room !== null && room < ROOM_NEEDED);
  const causes = new Set<IncidentCause>();
  if (full) causes.add('storage.full');
  if (disk === 'failed') causes.add('storage.unwritable');
  if (backup.verified !== null && Math.abs(now - backup.verified) > STALE) causes.add('backup.stale');
  if (backup.failed !== null) causes.add('backup.failed');
  for (const vital of vitals) {
    const failing = vital?.failing ?? null;
    if (failing === null || now - failing.last > FORGOTTEN) continue;
    if (failing.cause !== 'storage.full' || (room === null && disk !== 'written')) causes.add(failing.cause);
  }
  return causes;
}

/** The worst that stands. */
export function healthOf(incidents: readonly Pick<Incident, 'cause' | 'ended'>[]): Health {
  const severities = new Set(incidents.filter(({ ended }) => ended === null).map(({ cause }) => incidentCauses[cause].severity));
  return severities.has('down') ? 'down' : severities.has('trouble') ? 'trouble' : 'good';
}
