import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Id } from '@earshot/base/ids.ts';
import { isFull } from '../status/vitals.ts';
import { storageFailure } from '../store/sqlite-commit.node.ts';
import type { Blobs } from './blobs.ts';
import { RecentBytes } from './recent-bytes.ts';
import { copyLivePieces, isSparse } from './segment-compaction.node.ts';
import { type NewPiece, SegmentFile } from './segment-file.node.ts';
import { HEAD_BYTES, type Piece, segmentName, type Stretch, stretchesOf } from './segment-format.node.ts';
import { SegmentHandles } from './segment-handles.node.ts';
import { SegmentIndex, type SegmentState } from './segment-index.node.ts';
import { recoverSegments } from './segment-recovery.node.ts';

/** Small enough to be rewritten in a moment, large enough that a terabyte is not a million files. */
const SEGMENT_BYTES = 67_108_864;
const LISTED_AT_ONCE = 500;
/** Pieces that only the memory and the segments know of: what a start after a crash reads again. */
const UNINDEXED = 256;

/**
 * Pieces of all blobs, one after the other, in files of 64 MiB that are only ever appended to: many small writes share one
 * fdatasync, and a blob costs no file. `segment-format.node.ts` has the layout; the index beside the segments is a cache.
 */
export class SegmentBlobs implements Blobs {
  readonly #folder: string;
  readonly #segmentBytes: number;
  readonly #index: SegmentIndex;
  readonly #handles: SegmentHandles;
  readonly #recent = new RecentBytes();
  #current: SegmentFile | null = null;
  #last: number;
  /** Where the last segment goes on; null when it may not. */
  #goesOnAt: number | null;
  readonly #ending = new Set<Promise<void>>();
  #tidying: Promise<void> | null = null;
  /** Not what they should be: looked at once a run. */
  readonly #kept = new Set<number>();
  #closed = false;

  /** Fails with `server.data-in-use` while another process, or another object of this one, has the folder open. */
  constructor(folder: string, segmentBytes = SEGMENT_BYTES) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#folder = folder;
    this.#segmentBytes = segmentBytes;
    this.#index = new SegmentIndex(join(folder, 'index.db'));
    this.#handles = new SegmentHandles(folder);
    try {
      const { last, goesOnAt } = recoverSegments(folder, this.#index, UNINDEXED);
      this.#last = last;
      this.#goesOnAt = goesOnAt;
    } catch (error) {
      this.#index.close();
      throw error;
    }
  }

  async write(blob: Id, offset: number, bytes: Uint8Array): Promise<void> {
    // An index that cannot be written stops the writing before anything is acknowledged that it would have to know.
    if (this.#index.waiting >= UNINDEXED) this.#indexed(() => this.#index.flush());
    const { origin } = await this.#append({ blob, offset, bytes, origin: null });
    this.#recent.keep(origin, bytes);
  }

  async read(blob: Id, start: number, end: number): Promise<Uint8Array> {
    const stretches = stretchesOf(this.#index.pieces(blob), start, end);
    if (!stretches) throw new Error(`blob ${blob} has no bytes ${start} to ${end}`);
    const [first] = stretches;
    if (first && stretches.length === 1) {
      const recent = this.#recentOf(first);
      if (recent) return recent;
    }
    const bytes = Buffer.allocUnsafe(end - start);
    await Promise.all(stretches.map((stretch) => this.#fill(stretch, bytes.subarray(stretch.start - start, stretch.end - start))));
    return bytes;
  }

  remove(blob: Id): Promise<void> {
    this.#indexed(() => this.#index.remove(blob));
    return Promise.resolve();
  }

  async *list(): AsyncIterable<readonly Id[]> {
    for (let after = ''; ; ) {
      const group = this.#index.list(after, LISTED_AT_ONCE);
      const last = group.at(-1);
      if (last === undefined) return;
      yield group;
      after = last;
    }
  }

  tidy(): Promise<void> {
    return (this.#tidying ??= this.#tidy().finally(() => (this.#tidying = null)));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#tidying?.catch(() => undefined);
    this.#seal();
    await Promise.all(this.#ending);
    this.#handles.close();
    this.#index.close();
  }

  async #tidy(): Promise<void> {
    await Promise.all(this.#ending);
    const sparse = this.#index.segments().filter((state) => state.number < this.#last && isSparse(state) && !this.#kept.has(state.number));
    const failures: unknown[] = [];
    // Those of which nothing counts need no room to go, and make it for the others. One that fails holds up no other.
    for (const state of sparse.sort((one, other) => Number(one.live > 0) - Number(other.live > 0))) {
      if (this.#closed) return;
      await this.#giveBack(state).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  async #giveBack(state: SegmentState): Promise<void> {
    this.#kept.add(state.number);
    await copyLivePieces(this.#folder, state, this.#index, (piece) => this.#append(piece)).catch((error: unknown) => {
      // A full disk is over one day; what cannot be read would be copied in vain again and again.
      if (isFull(storageFailure(error))) this.#kept.delete(state.number);
      throw error;
    });
    // What came to light between is left for the next time.
    if (this.#index.segments().find(({ number }) => number === state.number)?.live !== 0) return;
    this.#handles.drop(state.number);
    rmSync(join(this.#folder, segmentName(state.number)), { force: true });
    this.#index.drop(state.number);
    this.#kept.delete(state.number);
  }

  #append(piece: NewPiece): Promise<Piece> {
    if (this.#closed) return Promise.reject(new Error('the blobs are closed'));
    if (this.#current && (this.#current.broken || this.#current.end >= this.#segmentBytes)) this.#seal();
    return (this.#current ??= this.#open()).append(piece);
  }

  #open(): SegmentFile {
    const goesOnAt = this.#goesOnAt;
    const segment = goesOnAt === null ? this.#last + 1 : this.#last;
    const file = new SegmentFile(this.#folder, segment, goesOnAt ?? 0, (pieces, end) => this.#durable(segment, pieces, end));
    this.#last = segment;
    this.#goesOnAt = null;
    return file;
  }

  /** In one step, so that nobody finds the index complete up to `end` before it is. */
  #durable(segment: number, pieces: readonly Piece[], end: number): void {
    for (const piece of pieces) this.#index.add(piece);
    this.#index.complete(segment, end);
  }

  #seal(): void {
    if (!this.#current) return;
    const ending = this.#current.close().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
    this.#current = null;
  }

  #recentOf({ piece, start, end }: Stretch): Uint8Array | undefined {
    return this.#recent.find(piece.origin)?.subarray(start - piece.offset, end - piece.offset);
  }

  #fill(stretch: Stretch, into: Buffer): Promise<void> {
    const { piece, start } = stretch;
    const recent = this.#recentOf(stretch);
    if (recent) {
      into.set(recent);
      return Promise.resolve();
    }
    return this.#handles.fill(piece.segment, piece.position + HEAD_BYTES + start - piece.offset, into);
  }

  #indexed(work: () => void): void {
    try {
      work();
    } catch (error) {
      throw storageFailure(error);
    }
  }
}
