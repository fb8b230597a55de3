import { handleVault } from '@earshot/backup/vaults/folder.browser.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { RecoveryFace } from '@earshot/client/earshot-recovery.ts';
import type { CopyReader } from '@earshot/client/recovery/copy-format.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { openBackup } from './backing-up.ts';
import { keptFolder, mayUse } from './kept-folder.browser.ts';

/** The backups that can be looked in without asking anybody. One that is away or broken keeps the other places from nothing. */
export async function keptBackups(recovery: Pick<RecoveryFace, 'backups'>, person: Id): Promise<readonly CopyReader[]> {
  const withKey = (await recovery.backups()).filter(({ key }) => key !== null);
  const folder = withKey.length === 0 ? null : await keptFolder(person);
  const known = withKey.filter(({ place }) => place === folder?.name);
  if (folder === null || known.length === 0 || !(await mayUse(folder, 'read'))) return [];
  try {
    return [await openBackup(handleVault(folder), '', known)];
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}
