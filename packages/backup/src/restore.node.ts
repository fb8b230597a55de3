import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Progress } from './back-up.ts';
import { sizeOf } from './back-up.ts';
import { type Chunk, chunkName, type FileEntry } from './manifest.ts';
import type { Repository, Snapshot } from './repository.ts';

/** Says that a folder is being restored, and from what; goes last. While it is there no server starts on the folder (`packages/server`, `restoring.node.ts`). */
const MARK = 'restoring.json';
/** What is being written, and not whole yet. */
const UNFINISHED = '.part';

interface Work {
  readonly repository: Repository;
  readonly snapshot: Snapshot;
  readonly secret: string;
  /** An empty folder, or one in which the restoring of the same backup was cut off. */
  readonly folder: string;
  /** Files that are of use with gaps as well: zeros, where a stretch is broken in the backup. Any other file stops the restore then. */
  readonly mayLack?: (path: string) => boolean;
  readonly progress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

/** Zeros in a file that was restored. */
export interface Gap {
  readonly path: string;
  readonly from: number;
  readonly bytes: number;
  /** What is broken in the vault, and how. */
  readonly name: string;
  readonly code: 'backup.missing' | 'backup.damaged';
}

export interface Restored {
  readonly files: number;
  readonly bytes: number;
  readonly gaps: readonly Gap[];
}

/**
 * Brings a whole folder back as it was, every stretch held to its hash. Cut off and begun again, it goes on: what is there already is held to
 * its hashes as well, because somebody may have written to it meanwhile. Fails with `restore.occupied` where there is anything else: nothing is
 * ever written over; and with the system's error where nothing can be written.
 */
export async function restoreFolder(work: Work): Promise<Restored> {
  const { snapshot, folder, progress } = work;
  await begin(folder, snapshot);
  const { files } = snapshot.manifest;
  const [bytes, gaps]: [number, Gap[]] = [sizeOf(files), []];
  let done = 0;
  for (const file of files) {
    gaps.push(...(await restoreFile(work, file, (part) => progress?.({ done: done + part, bytes }))));
    done += file.bytes;
  }
  await rm(join(folder, MARK));
  await syncFolder(folder);
  return { files: files.length, bytes, gaps };
}

async function begin(folder: string, { name, manifest }: Snapshot): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw codeOf(error) === 'EEXIST' ? new Failure('restore.occupied', { folder }, { cause: error }) : error;
  });
  const there = await readdir(folder);
  const mark = there.includes(MARK) ? await restoredFrom(folder) : null;
  // A mark that is torn was just being written: nothing else is there then.
  const foreign = mark === name ? await foreignIn(folder, manifest.files) : there.find((path) => path !== MARK);
  if (foreign !== undefined) throw new Failure('restore.occupied', { folder, path: foreign, ...(mark !== null && mark !== name && { restoring: mark }) });
  if (mark === name) return;
  await writeFile(join(folder, MARK), JSON.stringify({ snapshot: name }), { flush: true });
  await syncFolder(folder);
}

/** A file of which this backup knows nothing: whoever wrote it has taken the folder for a whole one. */
async function foreignIn(folder: string, files: readonly FileEntry[]): Promise<string | undefined> {
  const ours = new Set([MARK, ...files.flatMap(({ path }) => [path, `${path}${UNFINISHED}`])]);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => !entry.isDirectory()).map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
  return paths.find((path) => !ours.has(path));
}

/** The backup that a mark names; null when it is torn. */
async function restoredFrom(folder: string): Promise<string | null> {
  try {
    return (JSON.parse(await readFile(join(folder, MARK), 'utf8')) as { snapshot: string }).snapshot;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

async function restoreFile(work: Work, entry: FileEntry, progress: (done: number) => void): Promise<Gap[]> {
  const final = join(work.folder, ...entry.path.split('/'));
  const part = `${final}${UNFINISHED}`;
  await mkdir(dirname(final), { recursive: true, mode: 0o700 });
  const named = await openUnlessMissing(final);
  let gaps: Gap[];
  {
    await using file = named ?? (await open(part, constants.O_RDWR | constants.O_CREAT, 0o600));
    gaps = await fill(work, file, entry, named !== null, progress);
    await file.truncate(entry.bytes);
    await file.datasync();
  }
  if (named === null) {
    await rename(part, final);
    await syncFolder(dirname(final));
  }
  return gaps;
}

async function openUnlessMissing(path: string): Promise<FileHandle | null> {
  return await open(path, 'r+').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/**
 * Stretch by stretch: what is there as it should be stays, the rest is brought. A file that is there under its name already is not ours to write
 * over, but for the gaps that were left in it: they are tried again.
 */
async function fill(work: Work, file: FileHandle, { path, bytes, chunks }: FileEntry, isNamed: boolean, progress: (done: number) => void): Promise<Gap[]> {
  const { repository, folder, mayLack, signal } = work;
  const occupied = (): Failure => new Failure('restore.occupied', { folder, path });
  if (isNamed && (await file.stat()).size !== bytes) throw occupied();
  const gaps: Gap[] = [];
  let at = 0;
  for (const chunk of chunks) {
    signal?.throwIfAborted();
    const there = new Uint8Array(chunk.bytes);
    const { bytesRead } = await file.read(there, 0, chunk.bytes, at);
    if (bytesRead < chunk.bytes || (await repository.plainHash(there)) !== chunk.plain) {
      if (isNamed && !(mayLack?.(path) === true && there.every((byte) => byte === 0))) throw occupied();
      const { plain, gap } = await brought(work, path, chunk, at);
      await writeAt(file, plain, at);
      if (gap !== null) gaps.push(gap);
    }
    progress((at += chunk.bytes));
  }
  if (at !== bytes) throw new Failure('backup.damaged', { name: path, reason: 'length' });
  return gaps;
}

async function brought({ repository, secret, mayLack }: Work, path: string, chunk: Chunk, from: number): Promise<{ readonly plain: Uint8Array; readonly gap: Gap | null }> {
  try {
    return { plain: await repository.load(secret, chunk), gap: null };
  } catch (error) {
    if (!(error instanceof Failure) || (error.code !== 'backup.missing' && error.code !== 'backup.damaged') || mayLack?.(path) !== true) throw error;
    // A place that has gone meanwhile has lost nothing: then it goes on another time.
    await repository.checkPlace();
    return { plain: new Uint8Array(chunk.bytes), gap: { path, from, bytes: chunk.bytes, name: chunkName(chunk.sealed), code: error.code } };
  }
}

async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}
