/** Pieces that were just written are read back at once, by everybody who was told of them. */
const MOST_BYTES = 16_777_216;

/** The latest pieces by their origin, as they stand on the disk; only a cache of it. */
export class RecentBytes {
  readonly #pieces = new Map<number, Uint8Array>();
  #bytes = 0;

  keep(origin: number, bytes: Uint8Array): void {
    this.#pieces.set(origin, bytes);
    this.#bytes += weightOf(bytes);
    for (const [oldest, old] of this.#pieces) {
      if (this.#bytes <= MOST_BYTES) return;
      this.#pieces.delete(oldest);
      this.#bytes -= weightOf(old);
    }
  }

  find(origin: number): Uint8Array | undefined {
    return this.#pieces.get(origin);
  }
}

/** A small piece may keep the large buffer alive that it came in. */
function weightOf(bytes: Uint8Array): number {
  return bytes.buffer.byteLength;
}
