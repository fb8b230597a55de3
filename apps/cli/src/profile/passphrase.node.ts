import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Context } from '../context.ts';
import { fileFailure } from '../files/write-file.node.ts';

/** What protects the keys of a profile: the first line of the file that EARSHOT_PASSPHRASE_FILE names; null without one. */
export async function readPassphrase({ env, cwd }: Pick<Context, 'env' | 'cwd'>): Promise<string | null> {
  const file = env['EARSHOT_PASSPHRASE_FILE'];
  if (file === undefined || file === '') return null;
  const path = resolve(cwd, file);
  try {
    return (await readFile(path, 'utf8')).split(/\r?\n/, 1)[0] ?? '';
  } catch (error) {
    throw fileFailure(error, 'file.unreadable', path);
  }
}
