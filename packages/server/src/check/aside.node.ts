import { closeSync, copyFileSync, fdatasyncSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { syncFolder } from '../blobs/segment-file.node.ts';
import type { Finding } from './findings.ts';

export interface Part {
  /** In the file. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

/**
 * The folder `aside`: what a repair takes out of the way is kept there, each thing with a note beside it that says what it is and
 * why. Nothing in it is ever read, changed or removed by Earshot.
 */
export class Aside {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Keeps bytes. They are durable when it returns; only then may they go elsewhere. */
  keep(name: string, parts: Iterable<Part>, reason: Finding): string {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const kept = this.#write(name, parts);
    this.#write(`${basename(kept)}.json`, [{ at: 0, bytes: Buffer.from(`${JSON.stringify(reason)}\n`) }]);
    syncFolder(this.#folder);
    return kept;
  }

  /** Keeps a file as it is now. */
  copy(path: string, reason: Finding): string {
    const kept = this.keep(basename(path), [], reason);
    copyFileSync(path, kept);
    const file = openSync(kept, 'r+');
    try {
      fdatasyncSync(file);
    } finally {
      closeSync(file);
    }
    return kept;
  }

  /** Moves a file of the same disk. */
  take(path: string, reason: Finding): string {
    const kept = this.keep(basename(path), [], reason);
    renameSync(path, kept);
    syncFolder(this.#folder);
    return kept;
  }

  /** Under a name that is not taken: an earlier repair may have kept something of the same one. */
  #write(name: string, parts: Iterable<Part>): string {
    for (let count = 0; ; count += 1) {
      const path = join(this.#folder, count === 0 ? name : `${name}.${count}`);
      const file = openNew(path);
      if (file === null) continue;
      try {
        for (const { at, bytes } of parts) writeSync(file, bytes, 0, bytes.length, at);
        fdatasyncSync(file);
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
