import type { Clock } from '@earshot/base/clock.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { type Chunk, type FileEntry, parse, toBytes, unfinishedFile, unfinishedList, type UnfinishedList } from './manifest.ts';
import type { Repository } from './repository.ts';
import type { Vault } from './vault.ts';

/** Plain bytes that one that is cut off may have to store once more. */
const AT_RISK = 67_108_864;
/** Milliseconds: on a slow line it may lose so much of its time. */
const PAUSE = 60_000;
/** Of what is stored, the lists about it are at most one part in so many. */
const SHARE = 4;
const NOTHING: UnfinishedList = { version: 1, files: [], chunks: [] };

/** Whether a place takes anything. What it is given the first backup there takes away again. Fails with `backup.target`. */
export async function tryPlace(vault: Vault): Promise<void> {
  await vault.put(unfinishedFile, toBytes(NOTHING));
}

/** What a backup that was cut off had stored; null where none was, or where its list cannot be read: it is only of use, never needed. */
export async function readUnfinished(vault: Vault): Promise<UnfinishedList | null> {
  try {
    return parse(unfinishedList, await vault.get(unfinishedFile), unfinishedFile);
  } catch (error) {
    if (error instanceof Failure && error.code !== 'backup.target') return null;
    throw error;
  }
}

/**
 * Tells in the place itself, while a backup is made, what of it is stored: names of chunks say nothing to who does not know what is in them,
 * because each is sealed differently every time. Two backups into one place at once write over each other's list: one that is cut off then
 * stores more anew, and that is all.
 */
export class Unfinished {
  readonly #repository: Repository;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #files: Map<string, FileEntry>;
  readonly #chunks: Map<string, Chunk>;
  /** Whether a list lies there. */
  #lies: boolean;
  /** Of the last one. Bytes. */
  #length = 0;
  #told: number;
  /** Plain bytes that were stored since. */
  #untold = 0;

  private constructor(repository: Repository, clock: Pick<Clock, 'now'>, found: UnfinishedList | null) {
    const { files, chunks } = found ?? NOTHING;
    this.#repository = repository;
    this.#clock = clock;
    this.#files = new Map(files.map((file) => [file.path, file]));
    this.#chunks = new Map(chunks.map((chunk) => [chunk.sealed, chunk]));
    this.#lies = found !== null;
    this.#told = clock.now();
  }

  static async open(repository: Repository, clock: Pick<Clock, 'now'>): Promise<Unfinished> {
    return new Unfinished(repository, clock, await readUnfinished(repository.vault));
  }

  /** Files that were read to their end. */
  get files(): FileEntry[] {
    return [...this.#files.values()];
  }

  /** All that was stored, of whatever file. */
  get chunks(): readonly Chunk[] {
    return [...this.files.flatMap(({ chunks }) => chunks), ...this.#chunks.values()];
  }

  /** Of a file that is still being read. Fails with `backup.missing` where the place has gone: what is at risk is all that comes to lie underneath. */
  async stored(chunk: Chunk): Promise<void> {
    this.#chunks.set(chunk.sealed, chunk);
    this.#untold += chunk.bytes;
    // A clock that is put back is no reason to wait.
    const isDue = this.#untold >= AT_RISK || Math.abs(this.#clock.now() - this.#told) >= PAUSE;
    if (!isDue || this.#untold < SHARE * this.#length) return;
    await this.#repository.checkPlace();
    await this.tell();
  }

  read(file: FileEntry): void {
    this.#files.set(file.path, file);
  }

  /** Nothing depends on it: where it cannot be written, what comes next says why, or it was not needed. */
  async tell(): Promise<void> {
    if (this.#untold === 0) return;
    const inFiles = new Set(this.files.flatMap(({ chunks }) => chunks.map(({ sealed }) => sealed)));
    const bytes = toBytes({ version: 1, files: this.files, chunks: [...this.#chunks.values()].filter(({ sealed }) => !inFiles.has(sealed)) });
    [this.#untold, this.#told, this.#length] = [0, this.#clock.now(), bytes.length];
    if (await isDone(this.#repository.vault.put(unfinishedFile, bytes))) this.#lies = true;
  }

  /** The backup is made. A place that never deletes keeps a list of nothing. */
  async end(): Promise<void> {
    const { vault } = this.#repository;
    if (this.#lies && !(await isDone(vault.drop(unfinishedFile)))) await isDone(vault.put(unfinishedFile, toBytes(NOTHING)));
  }
}

/** Whether the place did it. */
export async function isDone(work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}
