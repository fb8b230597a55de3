import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FailureCode, isFailureCode } from '@earshot/protocol/failures.ts';
import type { BackupNote } from '../status/machine.ts';
import { folderFailure } from './folder-failure.node.ts';

const FILE = 'backup.json';
const NOTHING: BackupNote = { verified: null, failed: null };

/** Notes in the data folder that a backup of it was made and read back at `verified` (milliseconds since 1970). */
export async function rememberBackup(dataDir: string, verified: number): Promise<void> {
  await write(dataDir, { verified, failed: null });
}

/** Notes that one could not be made; when the last good one was stays known. */
export async function rememberFailedBackup(dataDir: string, failed: { readonly at: number; readonly code: FailureCode }): Promise<void> {
  await write(dataDir, { ...(await lastBackup(dataDir)), failed });
}

/** When the last backup of this folder was read back, and what came of the last try. */
export async function lastBackup(dataDir: string): Promise<BackupNote> {
  try {
    return noteOf(JSON.parse(await readFile(join(dataDir, FILE), 'utf8')));
  } catch (error) {
    // Torn or not there: nothing is known, and the next backup writes it anew.
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error)) return NOTHING;
    throw error;
  }
}

function noteOf(value: unknown): BackupNote {
  if (typeof value !== 'object' || value === null) return NOTHING;
  const { verified, failed } = value as { verified?: unknown; failed?: { at?: unknown; code?: unknown } | null };
  const [at, code] = [failed?.at, failed?.code];
  return { verified: typeof verified === 'number' ? verified : null, failed: typeof at === 'number' && typeof code === 'string' && isFailureCode(code) ? { at, code } : null };
}

async function write(dataDir: string, note: BackupNote): Promise<void> {
  const path = join(dataDir, FILE);
  try {
    await writeFile(`${path}.part`, `${JSON.stringify(note)}\n`, { mode: 0o600, flush: true });
    await rename(`${path}.part`, path);
  } catch (error) {
    throw folderFailure(error, path);
  }
}
