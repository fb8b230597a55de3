import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FailureCode, isFailureCode } from '@earshot/protocol/failures.ts';
import type { BackupNote } from '../status/machine.ts';
import { folderFailure } from './folder-failure.node.ts';

const FILE = 'backup.json';
/** So many places are known, the one used last in front. */
const PLACES = 32;

interface Remembered extends BackupNote {
  /** Where backups of this folder were read back. */
  readonly places: readonly string[];
}

const NOTHING: Remembered = { verified: null, failed: null, places: [] };

/** Notes in the data folder that a backup of it was made and read back at `verified` (milliseconds since 1970), and where. */
export async function rememberBackup(dataDir: string, verified: number, place?: string): Promise<void> {
  const { places } = await read(dataDir);
  await write(dataDir, { verified, failed: null, places: place === undefined ? places : [place, ...places.filter((one) => one !== place)].slice(0, PLACES) });
}

/** Notes that one could not be made; when the last good one was stays known. */
export async function rememberFailedBackup(dataDir: string, failed: { readonly at: number; readonly code: FailureCode }): Promise<void> {
  await write(dataDir, { ...(await read(dataDir)), failed });
}

/** When the last backup of this folder was read back, and what came of the last try. */
export async function lastBackup(dataDir: string): Promise<BackupNote> {
  const { verified, failed } = await read(dataDir);
  return { verified, failed };
}

/** Whether a backup of this folder was made and read back in that place. */
export async function wasBackedUpTo(dataDir: string, place: string): Promise<boolean> {
  return (await read(dataDir)).places.includes(place);
}

async function read(dataDir: string): Promise<Remembered> {
  try {
    return rememberedIn(JSON.parse(await readFile(join(dataDir, FILE), 'utf8')));
  } catch (error) {
    // Torn or not there: nothing is known, and the next backup writes it anew.
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error)) return NOTHING;
    throw error;
  }
}

function rememberedIn(value: unknown): Remembered {
  if (typeof value !== 'object' || value === null) return NOTHING;
  const { verified, failed, places } = value as { verified?: unknown; failed?: { at?: unknown; code?: unknown } | null; places?: unknown };
  const [at, code] = [failed?.at, failed?.code];
  return {
    verified: typeof verified === 'number' ? verified : null,
    failed: typeof at === 'number' && typeof code === 'string' && isFailureCode(code) ? { at, code } : null,
    places: Array.isArray(places) ? places.filter((one) => typeof one === 'string') : [],
  };
}

async function write(dataDir: string, note: Remembered): Promise<void> {
  const path = join(dataDir, FILE);
  try {
    await writeFile(`${path}.part`, `${JSON.stringify(note)}\n`, { mode: 0o600, flush: true });
    await rename(`${path}.part`, path);
  } catch (error) {
    throw folderFailure(error, path);
  }
}
