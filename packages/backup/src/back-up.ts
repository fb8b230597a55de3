import type { Clock } from '@earshot/base/clock.ts';
import type { Random } from '@earshot/base/random.ts';
import { toHex } from '@earshot/base/encoding.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { type Chunk, chunkName, type FileEntry, type Manifest, nextName } from './manifest.ts';
import type { Repository, Snapshot } from './repository.ts';
import type { Source, SourceFile } from './source.ts';
import { Unfinished } from './unfinished.ts';

export interface Progress {
  /** Bytes looked at so far, and those of all files as they were listed. */
  readonly done: number;
  readonly bytes: number;
}

export interface BackedUp extends Snapshot {
  /** Plain bytes that were new and therefore stored. */
  readonly stored: number;
  readonly bytes: number;
}

interface Work {
  readonly repository: Repository;
  readonly source: Source;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Random;
  readonly progress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

/** A backup under way. */
interface Run extends Work {
  readonly unfinished: Unfinished;
}

/** Files are listed anew at most so often, because what they hold moved into others meanwhile. More is a bug. */
const ROUNDS = 100;
/** No file is of that time: the next backup reads this one again. */
const SPOILT = -1;

/**
 * Makes one backup. Stretches that an earlier one holds are not stored again, and files that did not change since the last one are
 * not even read. One that was cut off tells in the place what it had stored: the next one goes on where it was. Fails with `backup.missing`
 * where the place goes away meanwhile.
 */
export async function backUp(work: Work): Promise<BackedUp> {
  const { repository, clock, random } = work;
  // One that is damaged only makes this one read more: it stops nothing.
  const before = await repository.newest();
  const unfinished = await Unfinished.open(repository, clock);
  const { files, stored } = await filesInVault({ ...work, unfinished }, before?.manifest.files ?? []).catch(async (error: unknown) => {
    await unfinished.tell();
    throw error;
  });
  const made = clock.now();
  // What was stored now was read back at once; what was there before is there still, by its name.
  const manifest: Manifest = { version: 1, made, verified: made, files };
  const name = nextName(made, await repository.snapshotNames(), toHex(random.bytes(2)));
  await repository.keep(name, manifest);
  await repository.snapshot(name);
  await unfinished.end();
  return { name, manifest, stored, bytes: sizeOf(files) };
}

/** All files, with every chunk in the vault. What another backup into the same place forgot meanwhile is stored again. */
async function filesInVault(run: Run, before: readonly FileEntry[]): Promise<{ readonly files: FileEntry[]; readonly stored: number }> {
  const { repository, unfinished } = run;
  let [files, stored]: [FileEntry[], number] = [[], 0];
  for (let round = 0; round < ROUNDS; round += 1) {
    const present = new Set((await repository.held('chunks')).map(({ name }) => name));
    // Else a disk that was unmounted would get all of it anew underneath, and a backup there would count.
    await repository.checkPlace();
    const isThere = ({ sealed }: Chunk): boolean => present.has(chunkName(sealed));
    if (round > 0 && files.every(({ chunks }) => chunks.every(isThere))) return { files, stored };
    // Of the same file the later word counts, and all that was ever stored of it is known.
    const known = [...before, ...unfinished.files, ...files];
    const store = new ChunkStore(repository, [...known.flatMap(({ chunks }) => chunks), ...unfinished.chunks].filter(isThere), unfinished);
    const whole = known.filter(({ chunks }) => chunks.every(isThere));
    files = await entriesOf(run, new Map(whole.map((file) => [file.path, file])), store);
    stored += store.stored;
  }
  throw new Failure('backup.target', { reason: 'what is stored does not stay' });
}

async function entriesOf({ source, unfinished, progress, signal }: Run, unchanged: ReadonlyMap<string, FileEntry>, store: ChunkStore): Promise<FileEntry[]> {
  const done = new Map<string, FileEntry | null>();
  let [looked, gone] = [0, false];
  for (let round = 0; round < ROUNDS; round += 1) {
    // What was in a file that went may be behind what was read of another one.
    const fresh = (await source.files()).filter(({ path, bytes }) => !done.has(path) || (gone && (done.get(path)?.bytes ?? bytes) < bytes));
    if (fresh.length === 0) return [...done.values()].filter((entry) => entry !== null);
    const bytes = looked + sizeOf(fresh);
    gone = false;
    for (const file of fresh) {
      const known = unchanged.get(file.path);
      const same = known !== undefined && known.bytes === file.bytes && known.changed === file.changed;
      const entry = same ? known : await entryOf(file, source, store, (part) => progress?.({ done: looked + part, bytes }), signal);
      gone ||= entry === null;
      done.set(file.path, entry);
      if (entry !== null && !same) unfinished.read(entry);
      progress?.({ done: (looked += file.bytes), bytes });
    }
  }
  throw new Failure('backup.target', { reason: 'the files never stood still' });
}

/**
 * Null when the file went while it was read: what counts of it is in another one. One that became shorter meanwhile is what was read of it, and
 * is read again the next time.
 */
async function entryOf({ path, bytes, changed, chunkBytes }: SourceFile, source: Source, store: ChunkStore, progress: (done: number) => void, signal?: AbortSignal): Promise<FileEntry | null> {
  const chunks: Chunk[] = [];
  let read = 0;
  while (read < bytes) {
    signal?.throwIfAborted();
    const plain = await source.read(path, read, Math.min(bytes, read + chunkBytes));
    if (plain === null) return null;
    if (plain.length === 0) break;
    chunks.push(await store.keep(plain));
    progress((read += plain.length));
  }
  return { path, bytes: read, changed: read < bytes || source.spoilt?.(path) === true ? SPOILT : changed, chunks };
}

/** Knows which stretches are in the vault. */
class ChunkStore {
  readonly #repository: Repository;
  readonly #known: Map<string, Chunk>;
  readonly #unfinished: Unfinished;
  stored = 0;

  constructor(repository: Repository, there: readonly Chunk[], unfinished: Unfinished) {
    this.#repository = repository;
    this.#known = new Map(there.map((chunk) => [chunk.plain, chunk]));
    this.#unfinished = unfinished;
  }

  async keep(plain: Uint8Array): Promise<Chunk> {
    const hash = await this.#repository.plainHash(plain);
    const known = this.#known.get(hash);
    if (known !== undefined) return known;
    const chunk = await this.#repository.store(plain, hash);
    this.#known.set(hash, chunk);
    this.stored += plain.length;
    await this.#unfinished.stored(chunk);
    return chunk;
  }
}

export function sizeOf(files: readonly Pick<FileEntry, 'bytes'>[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
