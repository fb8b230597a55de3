import type { FailureEntry } from './failure-entries.ts';

/** What can stand in the way of a backup, or of getting back what is in one. */
export const backupFailures = {
  'backup.missing': { status: 0, owner: 'you', cause: 'There is no such backup in this place.', next: 'Check the place, or make a backup first.' },
  'backup.target': { status: 0, owner: 'you', cause: 'The place for backups cannot be reached or written.', next: 'Check that it exists, has room, and lets you in.' },
  'backup.key': { status: 0, owner: 'you', cause: 'This key does not open the backup.', next: 'Use the key that was shown when the first backup was made.' },
  'backup.damaged': { status: 0, owner: 'you', cause: 'A part of the backup is not what was stored.', next: 'Use an older backup, or a copy in another place. After `earshot backup --server --verify` a new backup stores the part again.' },
  'backup.newer': { status: 0, owner: 'you', cause: 'A newer version of Earshot made this backup.', next: 'Update Earshot here.' },
  'backup.running': { status: 0, owner: 'you', cause: 'A backup of this folder is being made already.', next: 'Wait until it is done.' },
  'restore.occupied': { status: 0, owner: 'you', cause: 'The folder to restore into is not empty.', next: 'Name an empty folder: nothing is ever written over.' },
  'restore.unfinished': { status: 0, owner: 'you', cause: 'This folder is being restored from a backup, and not all of it is there yet.', next: 'Finish that first: run `earshot restore --server` into it again, with --snapshot and the backup that is named here. It goes on where it was cut off.' },
} as const satisfies Record<string, FailureEntry>;
