import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { BackupKey } from '@earshot/backup/key.ts';
import type { Context } from '../context.ts';
import { fileFailure } from '../files/write-file.node.ts';

/** Fails with `file.unreadable` and `backup.key`. */
export async function readKeyFile({ cwd }: Pick<Context, 'cwd'>, file: string): Promise<BackupKey> {
  const path = resolve(cwd, file);
  const { readBackupKey } = await import('@earshot/backup/key.ts');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fileFailure(error, 'file.unreadable', path);
  });
  return await readBackupKey(text);
}
