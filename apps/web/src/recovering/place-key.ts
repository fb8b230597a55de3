import { type BackupKey, makeBackupKey, readBackupKey } from '@earshot/backup/key.ts';
import { Repository } from '@earshot/backup/repository.ts';
import { SnapshotFiles } from '@earshot/backup/snapshot-files.ts';
import type { Vault } from '@earshot/backup/vault.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { KnownBackup } from '@earshot/client/earshot-recovery.ts';
import { isOf } from '@earshot/client/recovery/whose.ts';
import { Failure } from '@earshot/protocol/failures.ts';

/**
 * The key for backing up to a place: one that this device has, or a new one where nothing lies yet. `hers`: there are backups already, and only their
 * person may have their key. It is asked for; one that was made now could never add to them.
 */
export type PlaceKey = { readonly at: 'here' | 'new'; readonly key: BackupKey } | { readonly at: 'hers'; readonly repository: Repository };

export async function placeKey({ name, vault }: { readonly name: string; readonly vault: Vault }, known: readonly KnownBackup[]): Promise<PlaceKey> {
  const repository = await openIn(vault);
  if (repository !== null) {
    const key = await keyHere(repository, known);
    return key === null ? { at: 'hers', repository } : { at: 'here', key };
  }
  const kept = (known.find(({ place, key }) => place === name && key !== null) ?? known.find(({ key }) => key !== null))?.key ?? null;
  return kept === null ? { at: 'new', key: await makeBackupKey() } : { at: 'here', key: await readBackupKey(kept) };
}

/** What lies in a vault; null when nothing does yet. */
export async function openIn(vault: Vault): Promise<Repository | null> {
  try {
    return await Repository.open(vault);
  } catch (error) {
    if (error instanceof Failure && error.code === 'backup.missing') return null;
    throw error;
  }
}

/** Of the keys that this device has, the one that opens these backups. */
export async function keyHere({ info }: Repository, known: readonly KnownBackup[]): Promise<BackupKey | null> {
  const keys = await Promise.all(known.flatMap(({ key }) => (key === null ? [] : [readBackupKey(key)])));
  return keys.find(({ recipient }) => recipient === info.recipient) ?? null;
}

export async function readTyped(typed: string): Promise<BackupKey> {
  return await readBackupKey(typed.trim().toUpperCase());
}

/** The key that somebody typed for these backups, or what is wrong with it: it is another one, or what it opens is not hers. */
export async function keyTyped(repository: Repository, typed: string, person: Id): Promise<BackupKey | 'other' | 'foreign'> {
  const key = await readTyped(typed).catch(nullIfNoKey);
  if (key === null || key.recipient !== repository.info.recipient) return 'other';
  return (await isHers(repository, key, person)) ? key : 'foreign';
}

/** Nobody's backups are mixed with another's, or with those of a server. */
async function isHers(repository: Repository, { secret }: BackupKey, person: Id): Promise<boolean> {
  const newest = await repository.newest();
  return newest === null || (await isOf(new SnapshotFiles(repository, newest, secret), person));
}

function nullIfNoKey(error: unknown): null {
  if (error instanceof Failure && error.code === 'backup.key') return null;
  throw error;
}
