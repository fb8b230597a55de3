import { backUp } from '@earshot/backup/back-up.ts';
import type { BackupKey } from '@earshot/backup/key.ts';
import { Repository } from '@earshot/backup/repository.ts';
import { prune } from '@earshot/backup/scrub.ts';
import { SnapshotFiles } from '@earshot/backup/snapshot-files.ts';
import type { Vault } from '@earshot/backup/vault.ts';
import type { Clock } from '@earshot/base/clock.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import type { KnownBackup, RecoveryFace } from '@earshot/client/earshot-recovery.ts';
import { holdsSound } from '@earshot/client/recovery/sound-of.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { type Chosen, noteBegun, noteMade } from './noting.ts';
import { keyHere, openIn, readTyped } from './place-key.ts';

/** Backups that stay in a folder. */
const KEPT = 30;

export interface BackingPorts {
  readonly recovery: RecoveryFace;
  readonly clock: Clock;
  readonly random: Random;
  /** Whose backup it is: once she has gone, nothing is copied or noted for whoever is there instead. */
  readonly person: Id;
}

/** Makes a backup of everything here, reads it back, and notes what is known of it. What a folder held of somebody else's is refused. */
export async function backUpHere({ recovery, clock, random, person }: BackingPorts, { name, vault }: Chosen, key: BackupKey, progress: (percent: number) => void): Promise<void> {
  const there = await openIn(vault);
  if (there !== null && there.info.recipient !== key.recipient) throw new Failure('backup.key', { target: name });
  // Before the first byte lies there: a folder is for one key for ever, and after a first backup that was cut off nobody else would know which.
  await noteBegun(recovery, person, name, key);
  const repository = there ?? (await Repository.create(vault, { recipient: key.recipient, salt: random.bytes(32), made: clock.now() }));
  await recovery.gather();
  const copy = await recovery.copy(await readersOf(repository, key));
  if (copy.person !== person) throw new Failure('session.missing');
  const { manifest } = await backUp({ repository, source: copy, clock, random, progress: ({ done, bytes }) => progress(Math.floor((100 * done) / Math.max(1, bytes))) });
  const note = (crowded: boolean): Promise<void> => noteMade(recovery, person, { name, vault }, { verified: manifest.verified, lacking: { damaged: copy.damaged.size, missing: copy.missing, crowded } }, key);
  await note(false);
  if (!(await forgetsOld(repository, clock.now()))) await note(true);
}

/** The backup is made, whatever comes of this. */
async function forgetsOld(repository: Repository, now: number): Promise<boolean> {
  try {
    await prune(repository, KEPT, now);
    return true;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

/** The backups in a vault, the newest first, for the key that was typed in, or for the one of theirs that this device has. Each is opened once something of it is read. */
export async function backupsIn(vault: Vault, typed: string, known: readonly KnownBackup[]): Promise<SnapshotFiles[]> {
  const repository = await Repository.open(vault);
  const key = typed.trim() === '' ? await keyHere(repository, known) : await readTyped(typed);
  if (key === null || key.recipient !== repository.info.recipient) throw new Failure('backup.key');
  return await readersOf(repository, key);
}

async function readersOf(repository: Repository, { secret }: BackupKey): Promise<SnapshotFiles[]> {
  return (await repository.snapshotNames()).toReversed().map((name) => new SnapshotFiles(repository, name, secret));
}

/** The newest of them that can be read; for one message the newest that has its sound whole, where one has. */
export async function openBackup(vault: Vault, typed: string, known: readonly KnownBackup[], message?: Id): Promise<SnapshotFiles> {
  const backups = await backupsIn(vault, typed, known);
  if (message !== undefined) for (const files of backups) if ((await holdsSound(files, message)) === true) return files;
  let broken: Failure | null = null;
  for (const files of backups) {
    try {
      await files.paths();
      return files;
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'backup.damaged') throw error;
      broken ??= error;
    }
  }
  throw broken ?? new Failure('backup.missing', { reason: 'no backup was finished' });
}
