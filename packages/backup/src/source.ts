/**
 * What is backed up, as files that can be read in stretches while others go on writing.
 *
 * `files` may be asked again and again. A file that is gone when it is read says so with null; what was in it and still counts is in
 * files that a later `files` lists. Whoever backs up asks until nothing new is listed.
 */
export interface Source {
  files(): Promise<readonly SourceFile[]>;
  /** Bytes [from, to) of a file, as far as it goes: it may have become shorter. Null when it is no longer there. */
  read(path: string, from: number, to: number): Promise<Uint8Array | null>;
  /** Whether what was read of a file is not what it should be: it may be whole the next time, although nobody wrote it anew. */
  spoilt?(path: string): boolean;
}

export interface SourceFile {
  /** Relative, with `/`. */
  readonly path: string;
  readonly bytes: number;
  /** When it was last written, milliseconds since 1970. */
  readonly changed: number;
  /** Length of the stretches in which it is stored. Small ones where it changes in many places. */
  readonly chunkBytes: number;
}

export class MemorySource implements Source {
  readonly contents = new Map<string, Uint8Array>();
  chunkBytes = 1_000;
  /** When everything was last written. */
  changed = 0;

  files(): Promise<readonly SourceFile[]> {
    return Promise.resolve([...this.contents].map(([path, { length }]) => ({ path, bytes: length, changed: this.changed, chunkBytes: this.chunkBytes })));
  }

  read(path: string, from: number, to: number): Promise<Uint8Array | null> {
    return Promise.resolve(this.contents.get(path)?.slice(from, to) ?? null);
  }
}
