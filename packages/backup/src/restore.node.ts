import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Progress } from './back-up.ts';
import { sizeOf } from './back-up.ts';
import type { FileEntry } from './manifest.ts';
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
  readonly progress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Brings a whole folder back as it was, every stretch held to its hash. Cut off and begun again, it goes on behind the last whole
 * stretch; what is there already is held to its hashes as well, because somebody may have written to it meanwhile. Fails with
 * `restore.occupied` where there is anything else: nothing is ever written over.
 */
export async function restoreFolder({ repository, snapshot, secret, folder, progress, signal }: Work): Promise<{ readonly files: number; readonly bytes: number }> {
  await begin(folder, snapshot);
  const { files } = snapshot.manifest;
  const bytes = sizeOf(files);
  let done = 0;
  for (const file of files) {
    await restoreFile(repository, secret, folder, file, (part) => progress?.({ done: done + part, bytes }), signal);
    done += file.bytes;
  }
  await rm(join(folder, MARK));
  await syncFolder(folder);
  return { files: files.length, bytes };
}

async function begin(folder: string, { name, manifest }: Snapshot): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
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

async function restoreFile(repository: Repository, secret: string, folder: string, entry: FileEntry, progress: (done: number) => void, signal?: AbortSignal): Promise<void> {
  const { path, bytes, chunks } = entry;
  const final = join(folder, ...path.split('/'));
  if (await isThere(repository, folder, entry, signal)) return;
  await mkdir(dirname(final), { recursive: true, mode: 0o700 });
  const part = `${final}${UNFINISHED}`;
  {
    await using file = await open(part, 'a+', 0o600);
    let position = await wholeChunks(repository, file, chunks, signal);
    await file.truncate(position.bytes);
    for (const chunk of chunks.slice(position.count)) {
      signal?.throwIfAborted();
      await file.appendFile(await repository.load(secret, chunk));
      position = { count: position.count + 1, bytes: position.bytes + chunk.bytes };
      progress(position.bytes);
    }
    if (position.bytes !== bytes) throw new Failure('backup.damaged', { name: path, reason: 'length' });
    await file.datasync();
  }
  await rename(part, final);
  await syncFolder(dirname(final));
}

/** Whether a file is there under its name, as the backup has it. One that is anything else is not ours to write over. */
async function isThere(repository: Repository, folder: string, { path, bytes, chunks }: FileEntry, signal?: AbortSignal): Promise<boolean> {
  const found = await open(join(folder, ...path.split('/')), 'r').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (found === null) return false;
  await using file = found;
  const { size } = await file.stat();
  if (size !== bytes || (await wholeChunks(repository, file, chunks, signal)).bytes !== bytes) throw new Failure('restore.occupied', { folder, path });
  return true;
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}

/** How many stretches, from the first on, are there as they should be. */
async function wholeChunks(repository: Repository, file: FileHandle, chunks: FileEntry['chunks'], signal?: AbortSignal): Promise<{ count: number; bytes: number }> {
  let [count, from] = [0, 0];
  for (const { bytes, plain } of chunks) {
    signal?.throwIfAborted();
    const buffer = new Uint8Array(bytes);
    const { bytesRead } = await file.read(buffer, 0, bytes, from);
    if (bytesRead < bytes || (await repository.plainHash(buffer)) !== plain) break;
    count += 1;
    from += bytes;
  }
  return { count, bytes: from };
}
