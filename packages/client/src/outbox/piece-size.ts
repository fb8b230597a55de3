/** Bytes of the smallest and the largest piece. */
const SMALLEST = 16_384;
const LARGEST = 1_048_576;
/** A piece shall take about this long: what a cut costs. Milliseconds. */
const SHORT = 1_000;
const LONG = 4_000;

/** How much one request carries: as much as the link moves in a few seconds. Shared by all uploads of a device. */
export class PieceSize {
  #bytes = 65_536;

  get bytes(): number {
    return this.#bytes;
  }

  took(bytes: number, milliseconds: number): void {
    if (milliseconds > LONG) this.#bytes = Math.max(SMALLEST, this.#bytes / 2);
    // A piece that was not full says nothing about a larger one.
    else if (milliseconds < SHORT && bytes >= this.#bytes) this.#bytes = Math.min(LARGEST, this.#bytes * 2);
  }

  stalled(): void {
    this.#bytes = SMALLEST;
  }
}
