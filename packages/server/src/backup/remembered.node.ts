import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FILE = 'backup.json';

/** Notes in the data folder that a backup of it was made and read back at `verified` (milliseconds since 1970). */
export async function rememberBackup(dataDir: string, verified: number): Promise<void> {
  const path = join(dataDir, FILE);
  await writeFile(`${path}.part`, `${JSON.stringify({ verified })}\n`, { mode: 0o600, flush: true });
  await rename(`${path}.part`, path);
}

/** When the last backup of this folder was read back; null when none is known. */
export async function lastBackup(dataDir: string): Promise<number | null> {
  try {
    const value = JSON.parse(await readFile(join(dataDir, FILE), 'utf8')) as { verified?: unknown } | null;
    return typeof value?.verified === 'number' ? value.verified : null;
  } catch (error) {
    // Torn or not there: nothing is known, and the next backup writes it anew.
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error)) return null;
    throw error;
  }
}
