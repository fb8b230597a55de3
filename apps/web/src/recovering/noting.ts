import type { BackupKey } from '@earshot/backup/key.ts';
import { Repository } from '@earshot/backup/repository.ts';
import { scrub } from '@earshot/backup/scrub.ts';
import { MemoryVault, type Vault } from '@earshot/backup/vault.ts';
import type { RecoveryFace } from '@earshot/client/earshot-recovery.ts';
import { Failure } from '@earshot/protocol/failures.ts';

/** A vault that a person chose, with what she knows it as. */
export interface Chosen {
  readonly name: string;
  readonly vault: Vault;
}

type Noting = Pick<RecoveryFace, 'backups' | 'remember'>;

/** A folder was read back as it was written. One file is only now handed to the browser: whether it is anywhere is known once it was shown. */
export async function noteMade(recovery: Noting, { name, vault }: Chosen, at: number, { secret }: BackupKey): Promise<void> {
  if (!(vault instanceof MemoryVault)) return await recovery.remember({ place: name, verified: at, key: secret });
  const before = (await recovery.backups()).find(({ place }) => place === name);
  await recovery.remember({ place: name, verified: before?.verified ?? null, unseen: at, key: secret });
}

/** Reads all of a file that its person shows, and notes that it is there and whole. Resolves to when the newest backup in it was made. */
export async function noteSeen(recovery: Noting, place: string, { name, vault }: Chosen, { recipient, secret }: BackupKey): Promise<number> {
  const repository = await Repository.open(vault);
  if (repository.info.recipient !== recipient) throw new Failure('backup.key', { target: name });
  const newest = (await repository.snapshotNames()).at(-1);
  if (newest === undefined) throw new Failure('backup.missing', { reason: 'no backup was finished' });
  const { made } = (await repository.snapshot(newest)).manifest;
  const [broken] = (await scrub(repository, secret)).broken;
  if (broken !== undefined) throw new Failure(broken.code, { name: broken.name });
  const known = (await recovery.backups()).find((one) => one.place === place);
  const unseen = known?.unseen !== undefined && known.unseen > made ? { unseen: known.unseen } : {};
  await recovery.remember({ place, verified: Math.max(made, known?.verified ?? 0), ...unseen, key: secret });
  return made;
}
