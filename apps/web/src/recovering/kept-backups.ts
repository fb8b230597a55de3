import { handleVault } from '@earshot/backup/vaults/folder.browser.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { OpenedBackup, RecoveryFace } from '@earshot/client/earshot-recovery.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { backupsIn } from './backing-up.ts';
import { keptFolder, mayUse } from './kept-folder.browser.ts';

/** All backups that can be looked in without asking anybody, the newest first. A folder that is away or broken keeps the other places from nothing. */
export async function keptBackups(recovery: Pick<RecoveryFace, 'backups'>, person: Id): Promise<readonly OpenedBackup[]> {
  const withKey = (await recovery.backups()).filter(({ key }) => key !== null);
  const folder = withKey.length === 0 ? null : await keptFolder(person);
  const known = withKey.filter(({ place }) => place === folder?.name);
  if (folder === null || known.length === 0 || !(await mayUse(folder, 'read'))) return [];
  try {
    return (await backupsIn(handleVault(folder), '', known)).map((files) => ({ place: folder.name, files }));
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}
