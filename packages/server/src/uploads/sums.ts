import type { Id } from '@earshot/base/ids.ts';

/** A SHA-256 that grows with its upload. */
export interface RunningSum {
  update(bytes: Uint8Array): void;
  /** Hex, of all bytes so far; it can grow on. */
  digest(): string;
}

/** SHA-256 as a port, because only platforms hash a stream of bytes fast. */
export interface Sums {
  start(): RunningSum;
  /** Hex, of bytes that are there at once. */
  of(bytes: Uint8Array): string;
}

const REMEMBERED = 4_096; // about 300 bytes each

/**
 * The sums of growing uploads, so that closing one does not read it again. Only a cache: whoever is not found here (after a
 * restart, or pushed out by younger ones) is computed from the stored bytes.
 */
export class SumCache {
  readonly #sums: Sums;
  readonly #growing = new Map<Id, { at: number; readonly sum: RunningSum }>();

  constructor(sums: Sums) {
    this.#sums = sums;
  }

  /** The sum of the blob's first `from + bytes.length` bytes, if the first `from` are known. */
  extend(blob: Id, from: number, bytes: Uint8Array): string | null {
    const known = from === 0 ? { at: 0, sum: this.#sums.start() } : this.#growing.get(blob);
    this.#growing.delete(blob);
    if (known?.at !== from) return null;
    known.sum.update(bytes);
    known.at += bytes.length;
    this.#growing.set(blob, known);
    if (this.#growing.size > REMEMBERED) {
      for (const [oldest] of this.#growing) {
        this.#growing.delete(oldest);
        break;
      }
    }
    return known.sum.digest();
  }

  forget(blob: Id): void {
    this.#growing.delete(blob);
  }
}
