import type { Evidence } from '@earshot/protocol/failures.ts';

/** Whether people may miss something, or only the operator has something to tidy. */
export type Weight = 'damage' | 'note';

export interface FindingEntry {
  readonly weight: Weight;
  readonly says: string;
  /** What can be done. */
  readonly next: string;
  /** What `--repair` does; null when it leaves it alone. */
  readonly repair: string | null;
}

const BACKUP = 'Restore the data folder from a backup.';

/** The closed list of what a check can find in a data folder. */
export const findingKinds = {
  'folder.open': { weight: 'note', says: 'Other users of this machine may look into the data folder.', next: 'Close it to them: chmod 700.', repair: 'It is open to its owner only.' },
  'folder.unwritable': { weight: 'damage', says: 'The data folder cannot be written.', next: 'Give the user of the server the right to write there.', repair: null },
  'folder.full': { weight: 'damage', says: 'There is hardly any room left on this disk.', next: 'Make room: new messages are refused until then.', repair: null },
  'database.missing': { weight: 'damage', says: 'There is sound, and no database that knows whose it is.', next: BACKUP, repair: null },
  'database.unreadable': { weight: 'damage', says: 'The database is none.', next: BACKUP, repair: null },
  'database.newer': { weight: 'damage', says: 'The database was written by a newer version of Earshot.', next: 'Install that version or a newer one.', repair: null },
  'database.damaged': { weight: 'damage', says: 'The database contradicts itself.', next: BACKUP, repair: 'What follows from the rest of it was made anew. The database as it was is set aside.' },
  'log.gap': { weight: 'damage', says: 'A conversation has a number without an event.', next: BACKUP, repair: null },
  'chain.gap': { weight: 'damage', says: 'The list of a person’s devices and keys is not whole.', next: BACKUP, repair: null },
  'keys.missing': { weight: 'damage', says: 'The keys that came with an event are not there: devices that have not fetched them yet cannot read what follows.', next: BACKUP, repair: null },
  'index.damaged': { weight: 'damage', says: 'The index of the sound is not what the segments tell.', next: 'Let it be made anew with --repair.', repair: 'It was made anew from the segments.' },
  'sound.missing': { weight: 'damage', says: 'There is a database that knows of sound, and no sound at all.', next: 'Put the folder of the sound back: mount its disk, or take its segments from a backup. No server starts before; only once it is lost for good, give it up with --repair.', repair: 'It is given up. The database as it was is set aside.' },
  'segment.missing': { weight: 'damage', says: 'A segment of sound is not there.', next: 'Put it back from a backup, before anything else.', repair: 'It is given up. The database as it was is set aside.' },
  'segment.torn': { weight: 'note', says: 'A segment ends within a piece that was never acknowledged, as after a crash.', next: 'Nothing has to be done.', repair: 'The end was set aside and cut off.' },
  'segment.damaged': { weight: 'damage', says: 'There are bytes in the middle of a segment that are no sound.', next: 'Let what is whole be saved with --repair.', repair: 'All whole pieces were copied to a new segment, and the old one was set aside.' },
  'blob.missing': { weight: 'damage', says: 'Sound that was acknowledged is not there, or not all of it.', next: 'Put the segments back from a backup; devices that have the message keep it.', repair: 'What is left of it was set aside, and devices are told that the server does not have it.' },
  'blob.damaged': { weight: 'damage', says: 'Sound that was acknowledged is not what it was.', next: 'Put the segments back from a backup; devices that have the message keep it.', repair: 'It was set aside, and devices are told that the server does not have it.' },
  'upload.short': { weight: 'damage', says: 'An upload under way has lost bytes that were acknowledged.', next: 'Let its device begin again with --repair.', repair: 'What is left of it was set aside; its device, which has all of it, begins again.' },
  'blob.orphan': { weight: 'note', says: 'There is sound of which the database knows nothing, as after a crash.', next: 'Nothing has to be done: the next start clears it. After restoring an older database, repair first, so that it is kept.', repair: 'It was set aside.' },
} as const satisfies Record<string, FindingEntry>;

export type FindingCode = keyof typeof findingKinds;

export interface Finding {
  readonly code: FindingCode;
  readonly evidence: Evidence;
}

export function weightOf({ code }: Finding): Weight {
  return findingKinds[code].weight;
}
