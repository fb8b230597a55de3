import { chmod, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Context } from '../context.ts';
import { fileFailure, makeFolder } from '../files/write-file.node.ts';

/** Where the account of a person on this machine lives: her keys, her messages, her outbox. For her eyes only. */
export function profileFolder(context: Pick<Context, 'env' | 'cwd' | 'home'>, option: string | undefined): string {
  return resolve(context.cwd, option ?? context.env['EARSHOT_PROFILE'] ?? defaultFolder(context));
}

export async function makeProfileFolder(dir: string): Promise<void> {
  await makeFolder(dir, 0o700);
  try {
    // A folder that was there before, or came from a copy, may be open to others.
    if (process.platform !== 'win32' && ((await stat(dir)).mode & 0o077) !== 0) await chmod(dir, 0o700);
  } catch (error) {
    throw fileFailure(error, 'file.unwritable', dir);
  }
}

function defaultFolder({ env, home }: Pick<Context, 'env' | 'home'>): string {
  return join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'earshot');
}
