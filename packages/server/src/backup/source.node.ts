import { copyFileSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { Failure } from '@earshot/protocol/failures.ts';
import { segmentName } from '../blobs/segment-format.node.ts';
import { layout } from '../check/check.node.ts';
import { knowsNobody } from '../check/database.node.ts';
import { segmentsOf } from '../check/scan.node.ts';
import { refuseForeign } from '../owner.node.ts';
import { refuseHalfRestored } from '../restoring.node.ts';
import { SQLITE_BUSY, sqliteCode } from '../store/sqlite-commit.node.ts';
import { folderFailure } from './folder-failure.node.ts';

/** Stretches: a database changes in many places, segments only at their end. Bytes. */
const DATABASE_CHUNK = 524_288;
const SEGMENT_CHUNK = 4_194_304;
/** More pages than any database has: all of it is copied in one step, so that those who write meanwhile do not make it begin anew. */
const ALL_PAGES = 2_147_483_647;
const SETTINGS = ['earshot.json', 'origin.txt'];
const STAGING = 'backup.staging';
const LOCK = 'backup.lock';

interface DataFile {
  readonly path: string;
  readonly bytes: number;
  readonly changed: number;
  readonly chunkBytes: number;
}

/**
 * A data folder as one moment saw it, beside a running server or without one. The database is copied first, and the settings with it: everything
 * that it answers for was on the disk before, and segments only grow, but for an end that was never acknowledged. The segments' index is left out;
 * a start makes it anew.
 */
export interface DataSource extends AsyncDisposable {
  files(): Promise<readonly DataFile[]>;
  read(path: string, from: number, to: number): Promise<Uint8Array | null>;
}

/**
 * Fails with `restore.unfinished`, with `backup.running` while another one is open on the same folder, and with `server.storage`,
 * `server.data-unwritable`, `server.data-foreign` or `server.data-damaged` when no copy of the database can be made.
 */
export async function openDataSource(dataDir: string): Promise<DataSource> {
  refuseHalfRestored(dataDir);
  const paths = layout(dataDir);
  if (!existsSync(paths.database)) throw new Failure('file.unreadable', { path: paths.database });
  refuseForeign(dataDir);
  const lock = lockFolder(dataDir);
  const staging = join(dataDir, STAGING);
  const end = (): void => clearAway(staging, lock);
  try {
    rmSync(staging, { recursive: true, force: true });
    mkdirSync(staging, { mode: 0o700 });
    await copyDatabase(paths.database, join(staging, 'earshot.db'));
    for (const name of SETTINGS) if (existsSync(join(dataDir, name))) copyFileSync(join(dataDir, name), join(staging, name));
  } catch (error) {
    end();
    throw folderFailure(error, dataDir);
  }
  const place = (path: string): string => join(path.startsWith('blobs/') ? dataDir : staging, ...path.split('/'));
  return {
    files: async () => {
      // Who joined after the copy was made, and has spoken since, is in the next one: sound beside a database that knows nobody starts no server.
      const segments = (knowsNobody(join(staging, 'earshot.db')) ? [] : segmentsOf(paths.blobs)).map((segment) => `blobs/${segmentName(segment)}`);
      return ['earshot.db', ...SETTINGS, ...segments].flatMap((path): DataFile[] => {
        const about = statSync(place(path), { throwIfNoEntry: false });
        return about === undefined ? [] : [{ path, bytes: about.size, changed: about.mtimeMs, chunkBytes: path.startsWith('blobs/') ? SEGMENT_CHUNK : DATABASE_CHUNK }];
      });
    },
    read: (path, from, to) => readStretch(place(path), from, to),
    [Symbol.asyncDispose]: async () => end(),
  };
}

/**
 * Takes away the copy of the database that a backup left which was killed; that of one being made stays. What keeps it from going ends no start:
 * it takes room only, and the next backup says why.
 */
export function clearStaging(dataDir: string): void {
  const staging = join(dataDir, STAGING);
  if (!existsSync(staging)) return;
  try {
    clearAway(staging, lockFolder(dataDir));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

function clearAway(staging: string, lock: DatabaseSync): void {
  try {
    rmSync(staging, { recursive: true, force: true });
  } finally {
    lock.close();
  }
}

/** Held by the process: it goes with it, however that ends. */
function lockFolder(dataDir: string): DatabaseSync {
  const path = join(dataDir, LOCK);
  let lock: DatabaseSync | null = null;
  try {
    lock = new DatabaseSync(path, { timeout: 0 });
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    if (sqliteCode(error) === SQLITE_BUSY) throw new Failure('backup.running', { folder: dataDir }, { cause: error });
    // Such as one that root made, and this user may not write: that would never end by itself.
    throw new Failure('server.data-unwritable', { path, reason: String(error) }, { cause: error });
  }
}

async function copyDatabase(from: string, to: string): Promise<void> {
  const database = new DatabaseSync(from, { readOnly: true });
  try {
    await backup(database, to, { rate: ALL_PAGES });
  } finally {
    database.close();
  }
}

async function readStretch(path: string, from: number, to: number): Promise<Uint8Array | null> {
  try {
    await using file = await open(path, 'r');
    const buffer = new Uint8Array(to - from);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
