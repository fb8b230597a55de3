import { closeSync, constants, fdatasync, fsyncSync, ftruncateSync, openSync, writeSync, writevSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Id } from '@earshot/base/ids.ts';
import { encodeHead, HEAD_BYTES, originAt, type Piece, segmentName } from './segment-format.node.ts';

export interface NewPiece {
  readonly blob: Id;
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Of a piece that is copied from another segment; null for a new one. */
  readonly origin: number | null;
}

interface Waiting {
  readonly piece: Piece;
  /** No copy: those count when the index is told to move. */
  readonly fresh: boolean;
  readonly resolve: (piece: Piece) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The segment that is being written. Bytes are handed to the system at once; one fdatasync serves all pieces that were written
 * while the one before it ran.
 */
export class SegmentFile {
  readonly number: number;
  readonly #file: number;
  readonly #durable: (pieces: readonly Piece[], end: number) => void;
  #end: number;
  #waiting: Waiting[] = [];
  #syncing = false;
  /** Why nothing more may be written: after a failed fsync nobody knows what is on the disk. */
  #broken: unknown = null;
  #closing: (() => void) | null = null;

  /** `durable` hears which new pieces are on the disk now, and up to where all are, before their writers do. Goes on at `end`, or makes the file when it is 0. */
  constructor(folder: string, number: number, end: number, durable: (pieces: readonly Piece[], end: number) => void) {
    this.number = number;
    this.#durable = durable;
    this.#end = end;
    const path = join(folder, segmentName(number));
    this.#file = openSync(path, constants.O_WRONLY | (end === 0 ? constants.O_CREAT : 0), 0o600);
    try {
      // Whatever lies beyond was torn by a crash, and never acknowledged.
      ftruncateSync(this.#file, end);
      if (end === 0) syncFolder(folder);
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  /** Where the next piece would stand. */
  get end(): number {
    return this.#end;
  }

  get broken(): boolean {
    return this.#broken !== null;
  }

  /** Resolves when the piece is on the disk. A piece that cannot be written leaves nothing behind. */
  append({ blob, offset, bytes, origin }: NewPiece): Promise<Piece> {
    return new Promise((resolve, reject) => {
      const position = this.#end;
      const piece = { blob, origin: origin ?? originAt(this.number, position), offset, length: bytes.length, segment: this.number, position };
      this.#put(encodeHead(piece, crc32(bytes)), bytes, position);
      this.#end = position + HEAD_BYTES + bytes.length;
      this.#waiting.push({ piece, fresh: origin === null, resolve, reject });
      if (!this.#syncing) this.#sync();
    });
  }

  /** Resolves when all that was written is on the disk, and the file closed. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#closing = () => {
        closeSync(this.#file);
        resolve();
      };
      if (!this.#syncing) this.#closing();
    });
  }

  #put(head: Uint8Array, bytes: Uint8Array, position: number): void {
    try {
      let done = writevSync(this.#file, [head, bytes], position);
      if (done === HEAD_BYTES + bytes.length) return;
      const all = Buffer.concat([head, bytes]);
      while (done < all.length) done += writeSync(this.#file, all, done, all.length - done, position + done);
    } catch (error) {
      this.#cut(position);
      throw error;
    }
  }

  /** A disk that is full midway: the half piece goes, and when even that fails, nothing may follow it. */
  #cut(position: number): void {
    try {
      ftruncateSync(this.#file, position);
    } catch (error) {
      this.#broken = error;
    }
  }

  #sync(): void {
    const batch = this.#waiting;
    const end = this.#end;
    this.#waiting = [];
    this.#syncing = true;
    fdatasync(this.#file, (error) => {
      if (error) this.#fail(batch, error);
      else {
        this.#durable(batch.filter((one) => one.fresh).map(({ piece }) => piece), end);
        for (const { piece, resolve } of batch) resolve(piece);
      }
      if (this.#waiting.length > 0) return this.#sync();
      this.#syncing = false;
      this.#closing?.();
    });
  }

  #fail(batch: readonly Waiting[], error: unknown): void {
    this.#broken = error;
    const all = [...batch, ...this.#waiting];
    this.#waiting = [];
    for (const { reject } of all) reject(error);
  }
}

/** Makes the names in a folder durable. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
