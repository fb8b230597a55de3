import { closeSync, openSync, read } from 'node:fs';
import { join } from 'node:path';
import { segmentName } from './segment-format.node.ts';

const OPEN_AT_MOST = 64;

interface Handle {
  readonly file: number;
  users: number;
  /** No longer among the open ones: its last user closes it. */
  dropped: boolean;
}

/** Segments open for reading, the latest used ones. */
export class SegmentHandles {
  readonly #folder: string;
  readonly #open = new Map<number, Handle>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Fills `into` with what stands at `position`. The file is taken before this returns: it may be unlinked afterwards. */
  async fill(segment: number, position: number, into: Buffer): Promise<void> {
    const handle = this.#take(segment);
    handle.users += 1;
    try {
      await readAll(handle.file, position, into);
    } finally {
      handle.users -= 1;
      if (handle.dropped && handle.users === 0) closeSync(handle.file);
    }
  }

  drop(segment: number): void {
    const handle = this.#open.get(segment);
    if (!handle) return;
    this.#open.delete(segment);
    handle.dropped = true;
    if (handle.users === 0) closeSync(handle.file);
  }

  close(): void {
    for (const segment of this.#open.keys()) this.drop(segment);
  }

  #take(segment: number): Handle {
    const known = this.#open.get(segment);
    if (known) {
      // The latest used one stands last.
      this.#open.delete(segment);
      this.#open.set(segment, known);
      return known;
    }
    const handle = { file: openSync(join(this.#folder, segmentName(segment)), 'r'), users: 0, dropped: false };
    this.#open.set(segment, handle);
    const [oldest] = this.#open.keys();
    if (this.#open.size > OPEN_AT_MOST && oldest !== undefined) this.drop(oldest);
    return handle;
  }
}

function readAll(file: number, position: number, into: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const step = (done: number): void => {
      if (done === into.length) return resolve();
      read(file, into, done, into.length - done, position + done, (error, count) => {
        if (error) reject(error);
        else if (count === 0) reject(new Error('a segment ends within a piece'));
        else step(done + count);
      });
    };
    step(0);
  });
}
