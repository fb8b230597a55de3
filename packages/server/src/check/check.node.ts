import { accessSync, constants, existsSync, statSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { refuseHalfRestored } from '../restoring.node.ts';
import { openingFailure } from '../store/sqlite.node.ts';
import { ROOM_NEEDED } from '../status/judge.ts';
import { checkChains, checkIntegrity, checkKeys, checkLogs, countEvents, isDamage, knowsNobody, openToRead, unwantedOf, wantedBlobs, type WantedBlob } from './database.node.ts';
import { type Finding, weightOf } from './findings.ts';
import { checkIndex, checkSegments, type IndexSeen, readIndex } from './index.node.ts';
import { scanSegments, segmentsOf, type Scan } from './scan.node.ts';
import { checkBlob } from './sound.node.ts';

export interface Checked {
  readonly findings: readonly Finding[];
  readonly beside: boolean;
  readonly events: number;
  readonly blobs: number;
  /** Of sound, as far as it is what it was. */
  readonly bytes: number;
}

export const layout = (dataDir: string) => ({ database: join(dataDir, 'earshot.db'), blobs: join(dataDir, 'blobs'), index: join(dataDir, 'blobs', 'index.db'), aside: join(dataDir, 'aside') });

/**
 * Looks at all of a data folder, beside a running server or without one, and changes nothing. Fails with `file.unreadable` when
 * there is no such folder, with `restore.unfinished` and with `server.data-unwritable` when it may not be opened. Reads every byte of sound that the database answers for.
 */
export function checkData(dataDir: string): Checked {
  if (!existsSync(dataDir)) throw new Failure('file.unreadable', { path: dataDir });
  refuseHalfRestored(dataDir);
  return named(dataDir, () => checkAllOf(dataDir));
}

/**
 * Whether there is sound, and no database that could know whose it is. Sound is only taken from somebody who joined: beside a database that knows
 * nobody it belongs to another one, which was moved away or never came along.
 */
export function isSoundAlone(dataDir: string): boolean {
  const { database, blobs } = layout(dataDir);
  // In this order: a server that starts meanwhile for the first time has its database before any sound.
  return segmentsOf(blobs).length > 0 && knowsNobody(database);
}

/**
 * Whether nothing is there of the sound that the database knows of, not even the index: its folder is away, as on a disk that is not mounted. What was
 * written there now would be numbered from the beginning, and lie where the old segments belong. With the index the numbers go on behind them.
 */
function soundAway(database: DatabaseSync, folder: string, index: IndexSeen): readonly Finding[] {
  if ((index.is === 'read' && index.segments.length > 0) || segmentsOf(folder).length > 0) return [];
  const wanted = wantedBlobs(database);
  // The first that a server beside this takes is in a segment before the database knows of it.
  if (wanted.length === 0 || segmentsOf(folder).length > 0) return [];
  return [{ code: 'sound.missing', evidence: { folder, blobs: wanted.length, bytes: wanted.reduce((sum, { length }) => sum + length, 0) } }];
}

/** The database of a folder, to read: null where there is none of its own. */
function openOwn(dataDir: string): ReturnType<typeof openToRead> {
  const { database: path } = layout(dataDir);
  return isSoundAlone(dataDir) ? { database: null, findings: [{ code: 'database.missing', evidence: { path } }] } : openToRead(path);
}

/** What the machine refuses has its code as well; our own mistakes go on as what they are. */
export function named<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && ('errno' in error || 'errcode' in error)) throw openingFailure(error, path);
    throw error;
  }
}

function checkAllOf(dataDir: string): Checked {
  const paths = layout(dataDir);
  const folder = checkFolder(dataDir);
  const index = readIndex(paths.index, true);
  const beside = index.is === 'taken';
  const { database, findings } = openOwn(dataDir);
  if (database === null) return { findings: [...folder, ...findings], beside, events: 0, blobs: 0, bytes: 0 };
  try {
    const integrity = checkIntegrity(database, true);
    const rest = checkContents(database, paths.blobs, index);
    return { ...rest, beside, findings: [...folder, ...integrity, ...soundAway(database, paths.blobs, index), ...rest.findings] };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { findings: [...folder, { code: 'database.damaged', evidence: { reason: error instanceof Error ? error.message : '' } }], beside, events: 0, blobs: 0, bytes: 0 };
  } finally {
    database.close();
  }
}

function checkContents(database: DatabaseSync, folder: string, index: IndexSeen): Omit<Checked, 'beside'> {
  // Before the segments are read: what is wanted then is in them, whatever a server does meanwhile.
  const wanted = wantedBlobs(database);
  const events = countEvents(database);
  const logs = [...checkLogs(database), ...checkChains(database), ...checkKeys(database)];
  const scan = scanSegments(folder);
  const sound = index.is === 'taken' ? checkTwice(database, folder, scan, wanted) : checkAll(folder, scan, wanted);
  const lost = new Set(sound.map(({ evidence }) => evidence['blob']));
  const bytes = wanted.reduce((sum, { id, length }) => sum + (lost.has(id) ? 0 : length), 0);
  return { findings: [...logs, ...stained(scan, index), ...indexed(database, folder, scan, wanted, index), ...sound], events, blobs: wanted.length, bytes };
}

function checkAll(folder: string, scan: Scan, wanted: readonly WantedBlob[]): readonly Finding[] {
  return wanted.flatMap((blob) => checkBlob(folder, scan, blob) ?? []);
}

/** A server at work moves pieces and ends blobs: what seems lost is looked at once more, if it is still wanted. */
function checkTwice(database: DatabaseSync, folder: string, scan: Scan, wanted: readonly WantedBlob[]): readonly Finding[] {
  const first = new Set(checkAll(folder, scan, wanted).map(({ evidence }) => evidence['blob']));
  if (first.size === 0) return [];
  const still = wantedBlobs(database).filter(({ id }) => first.has(id));
  return checkAll(folder, scanSegments(folder), still);
}

/** The end of the last segment is in the making while a server runs. */
function stained({ stains, segments }: Scan, index: IndexSeen): readonly Finding[] {
  const growing = index.is === 'taken' ? segments.at(-1) : undefined;
  return stains.flatMap(({ segment, from, to, last }): Finding[] => {
    if (last && segment === growing) return [];
    return [{ code: last ? 'segment.torn' : 'segment.damaged', evidence: { segment, position: from, bytes: to - from } }];
  });
}

function indexed(database: DatabaseSync, folder: string, scan: Scan, wanted: readonly WantedBlob[], index: IndexSeen): readonly Finding[] {
  switch (index.is) {
    case 'taken':
    case 'none':
      return [];
    case 'damaged':
      return [{ code: 'index.damaged', evidence: { reason: 'unreadable' } }];
    case 'read': {
      const missing = checkSegments(folder, index.segments).filter(({ code }) => code === 'segment.missing');
      const { unknown } = unwantedOf(database, blobsOf(index, scan));
      return [...missing, ...checkIndex(index, scan, wanted), ...unknown.map((blob): Finding => ({ code: 'blob.orphan', evidence: { blob } }))];
    }
  }
}

/** Those that count: in the index, or written behind its end. */
export function blobsOf(index: IndexSeen & { readonly is: 'read' }, { pieces }: Pick<Scan, 'pieces'>): readonly Id[] {
  const complete = new Map(index.segments.map((one) => [one.number, one.complete]));
  const later = Array.from(pieces).filter(([, found]) => found.some(({ piece }) => piece.position >= (complete.get(piece.segment) ?? 0))).map(([blob]) => blob);
  return [...new Set([...index.pieces.map(({ blob }) => blob), ...later])];
}

/** Who may look, who may write, and whether there is room. */
export function checkFolder(dataDir: string): readonly Finding[] {
  const findings: Finding[] = [];
  const mode = statSync(dataDir).mode & 0o777;
  if ((mode & 0o077) !== 0) findings.push({ code: 'folder.open', evidence: { path: dataDir, mode: mode.toString(8) } });
  try {
    accessSync(dataDir, constants.W_OK | constants.X_OK);
  } catch {
    findings.push({ code: 'folder.unwritable', evidence: { path: dataDir } });
  }
  const { bavail, bsize } = statfsSync(dataDir);
  if (bavail * bsize < ROOM_NEEDED) findings.push({ code: 'folder.full', evidence: { free: bavail * bsize, needed: ROOM_NEEDED } });
  return findings;
}

/**
 * What can be seen in a moment, for every start: the database in itself, logs without gaps, segments by names and sizes. Answers
 * only damage; what a start mends by itself is no finding here. Fails with `restore.unfinished` or `server.data-unwritable`.
 */
export function checkQuickly(dataDir: string): readonly Finding[] {
  refuseHalfRestored(dataDir);
  return named(dataDir, () => glance(dataDir));
}

function glance(dataDir: string): readonly Finding[] {
  const paths = layout(dataDir);
  const { database, findings } = openOwn(dataDir);
  if (database === null) return findings;
  try {
    const index = readIndex(paths.index, false);
    const sizes = index.is === 'read' ? checkSegments(paths.blobs, index.segments) : [];
    const integrity = checkIntegrity(database, false);
    // Gaps in a database that contradicts itself mean nothing.
    return [...integrity, ...(integrity.length === 0 ? [...checkLogs(database), ...checkChains(database), ...soundAway(database, paths.blobs, index)] : []), ...sizes].filter((one) => weightOf(one) === 'damage' || one.evidence['acknowledged'] === true);
  } finally {
    database.close();
  }
}
