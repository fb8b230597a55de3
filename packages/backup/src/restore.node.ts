import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Progress } from './back-up.ts';
import { sizeOf } from './back-up.ts';
import type { FileEntry } from './manifest.ts';
import type { Repository, Snapshot } from './repository.ts';

/** Says that a folder is being restored, and from what; goes last. */
const MARK = 'restoring.json';

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
 * stretch. Fails with `restore.occupied` where there is anything else: nothing is ever written over.
 */
export async function restoreFolder({ repository, snapshot, secret, folder, progress, signal }: Work): Promise<{ readonly files: number; readonly bytes: number }> {
  await begin(folder, snapshot.name);
  const { files } = snapshot.manifest;
  const bytes = sizeOf(files);
  let done = 0;
  for (const file of files) {
    await restoreFile(repository, secret, folder, file, (part) => progress?.({ done: done + part, bytes }), signal);
    done += file.bytes;
  }
  await rm(join(folder, MARK));
  return { files: files.length, bytes };
}

async function begin(folder: string, snapshot: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const there = await readdir(folder);
  const mark = there.includes(MARK) ? (JSON.parse(await readFile(join(folder, MARK), 'utf8')) as { snapshot: string }).snapshot : null;
  if (mark !== snapshot && there.length > 0) throw new Failure('restore.occupied', { folder, ...(mark !== null && { restoring: mark }) });
  if (mark === null) await writeFile(join(folder, MARK), JSON.stringify({ snapshot }), { flush: true });
}

async function restoreFile(repository: Repository, secret: string, folder: string, { path, bytes, chunks }: FileEntry, progress: (done: number) => void, signal?: AbortSignal): Promise<void> {
  const final = join(folder, ...path.split('/'));
  // Renamed only when it was whole and durable.
  if ((await stat(final).catch(() => null)) !== null) return;
  await mkdir(dirname(final), { recursive: true, mode: 0o700 });
  const part = `${final}.part`;
  {
    await using file = await open(part, 'a+', 0o600);
    let position = await wholeChunks(repository, file, chunks);
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
  await using parent = await open(dirname(final), 'r');
  await parent.sync();
}

/** How many stretches, from the first on, are there as they should be. */
async function wholeChunks(repository: Repository, file: Awaited<ReturnType<typeof open>>, chunks: FileEntry['chunks']): Promise<{ count: number; bytes: number }> {
  let [count, from] = [0, 0];
  for (const { bytes, plain } of chunks) {
    const buffer = new Uint8Array(bytes);
    const { bytesRead } = await file.read(buffer, 0, bytes, from);
    if (bytesRead < bytes || (await repository.plainHash(buffer)) !== plain) break;
    count += 1;
    from += bytes;
  }
  return { count, bytes: from };
}
