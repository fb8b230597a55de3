import { backUp } from '@earshot/backup/back-up.ts';
import { type BackupKey, makeBackupKey, readBackupKey } from '@earshot/backup/key.ts';
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
import { noteMade } from './noting.ts';

/** Backups that stay in a folder. */
const KEPT = 30;

export interface BackingPorts {
  readonly recovery: RecoveryFace;
  readonly clock: Clock;
  readonly random: Random;
}

/** The key of the backups of this device; a new one when there is none. */
export async function backupKey(known: readonly KnownBackup[]): Promise<{ readonly key: BackupKey; readonly fresh: boolean }> {
  const kept = known.find(({ key }) => key !== null)?.key;
  return kept === undefined || kept === null ? { key: await makeBackupKey(), fresh: true } : { key: await readBackupKey(kept), fresh: false };
}

/** Makes a backup of everything here, reads it back, and notes what is known of it. What a folder held of somebody else's is refused. */
export async function backUpHere({ recovery, clock, random }: BackingPorts, { name, vault }: { readonly name: string; readonly vault: Vault }, key: BackupKey, progress: (percent: number) => void): Promise<void> {
  const repository = await openOrCreate(vault, key, random, clock.now());
  if (repository.info.recipient !== key.recipient) throw new Failure('backup.key', { target: name });
  await recovery.gather();
  const copy = await recovery.copy();
  const { manifest } = await backUp({ repository, source: copy, clock, random, progress: ({ done, bytes }) => progress(Math.floor((100 * done) / Math.max(1, bytes))) });
  const note = (crowded: boolean): Promise<void> => noteMade(recovery, { name, vault }, { verified: manifest.verified, lacking: { damaged: copy.damaged.size, missing: copy.missing, crowded } }, key);
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

async function openOrCreate(vault: Vault, { recipient }: BackupKey, random: Random, made: number): Promise<Repository> {
  try {
    return await Repository.open(vault);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'backup.missing') throw error;
    return await Repository.create(vault, { recipient, salt: random.bytes(32), made });
  }
}

/** The backups in a vault, the newest first, for the key that was typed in, or for one that this device has. Each is opened once something of it is read. */
export async function backupsIn(vault: Vault, typed: string, known: readonly KnownBackup[]): Promise<SnapshotFiles[]> {
  const repository = await Repository.open(vault);
  const { secret } = typed.trim() === '' ? (await backupKey(known)).key : await readBackupKey(typed.trim().toUpperCase());
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
