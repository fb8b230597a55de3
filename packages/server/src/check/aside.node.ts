import { closeSync, copyFileSync, fdatasyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { syncFolder } from '../blobs/segment-file.node.ts';
import type { Finding } from './findings.ts';

export interface Part {
  /** In the file. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Writes what is kept into its new file. */
type Fill = (file: number, path: string) => void;

/**
 * The folder `aside`: what a repair takes out of the way is kept there, each thing with a note beside it that says what it is and
 * why. Nothing that was taken out of the way is ever read, changed or removed by Earshot.
 */
export class Aside {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Keeps bytes. They are durable when it returns; only then may they go elsewhere. */
  keep(name: string, parts: Iterable<Part>, reason: Finding): string {
    return this.#keep(name, reason, (file) => {
      // A disk that is nearly full takes less than it is given, and says so by the number alone.
      for (const { at, bytes } of parts) for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, at + done);
    });
  }

  /** Keeps a file as it is now. */
  copy(path: string, reason: Finding): string {
    return this.#keep(basename(path), reason, (_, kept) => copyFileSync(path, kept));
  }

  /** Takes a copy away again that is of no use, because its file stayed as it was: the next try makes another one, and would need room for both. */
  drop(kept: string): void {
    for (const path of [kept, `${kept}.json`]) rmSync(path, { force: true });
    syncFolder(this.#folder);
  }

  /** Moves a file of the same disk. */
  take(path: string, reason: Finding): string {
    const kept = this.keep(basename(path), [], reason);
    renameSync(path, kept);
    syncFolder(this.#folder);
    return kept;
  }

  /** It and its note, or neither. */
  #keep(name: string, reason: Finding, fill: Fill): string {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const kept = this.#write(name, fill);
    try {
      this.#write(`${basename(kept)}.json`, (file) => writeFileSync(file, `${JSON.stringify(reason)}\n`));
    } catch (error) {
      rmSync(kept);
      throw error;
    }
    syncFolder(this.#folder);
    return kept;
  }

  /** Under a name that is not taken: an earlier repair may have kept something of the same one. What cannot be written to its end, as on a full disk, is not left in part. */
  #write(name: string, fill: Fill): string {
    for (let count = 0; ; count += 1) {
      const path = join(this.#folder, count === 0 ? name : `${name}.${count}`);
      const file = openNew(path);
      if (file === null) continue;
      try {
        fill(file, path);
        fdatasyncSync(file);
      } catch (error) {
        // A copy that did not fit the system took away by itself.
        rmSync(path, { force: true });
        throw error;
      } finally {
        closeSync(file);
      }
      return path;
    }
  }
}

function openNew(path: string): number | null {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return null;
    throw error;
  }
}
