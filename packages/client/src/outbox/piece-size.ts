/** Bytes of the smallest and the largest piece. */
export const SMALLEST = 8_192;
const LARGEST = 1_048_576;
/** Before anything is known. */
const FIRST = 65_536;
/** A piece shall take about this long: it is what a cut costs. Milliseconds. */
const AIM = 1_000;
/** Whoever refused a piece may still be on the way: so long nothing as large is tried. Milliseconds. */
const HOLD = 600_000;
/** Shortest and longest time that a piece may go without an answer before its connection counts as dead. Milliseconds. */
const LEAST_PATIENCE = 4_000;
const MOST_PATIENCE = 30_000;
/** So many times what it should take. */
const MARGIN = 4;

/**
 * How much one request carries and how long it may take: about a second of the link, as measured by what went before. Shared by all
 * uploads of a device. Sizes in bytes, times in milliseconds.
 */
export class PieceSize {
  #bytes = FIRST;
  /** Bytes a millisecond; null before anything is known. */
  #rate: number | null = null;
  #ceiling = LARGEST;
  #ceilingUntil = 0;
  /** Stalls in a row: a link that is only slow must be given its time. */
  #stalls = 0;

  get bytes(): number {
    return Math.min(this.#bytes, this.#ceiling);
  }

  /** Without a word for so long, its connection is dead. */
  patience(bytes: number): number {
    const expected = this.#rate === null ? MOST_PATIENCE / 2 : LEAST_PATIENCE + (MARGIN * bytes) / this.#rate;
    return Math.min(MOST_PATIENCE, expected * 2 ** this.#stalls);
  }

  took(bytes: number, milliseconds: number, now: number): void {
    this.#stalls = 0;
    if (now >= this.#ceilingUntil || this.#ceilingUntil > now + HOLD) this.#ceiling = LARGEST;
    this.#rate = bytes / Math.max(1, milliseconds);
    // A small piece waits more than it travels: it can show that the link is slow, and not that it is fast.
    const full = bytes >= this.bytes;
    const most = full ? this.#bytes * 2 : this.#bytes;
    this.#bytes = Math.round(Math.max(SMALLEST, Math.min(LARGEST, most, this.#rate * AIM)));
  }

  /** Nobody answered, or it broke off: perhaps because of its size. False when it cannot be smaller. */
  lost(bytes: number, stalled: boolean, now: number): boolean {
    if (stalled) this.#stalls += 1;
    if (bytes <= SMALLEST) return false;
    this.#ceiling = Math.max(SMALLEST, Math.floor(bytes / 2));
    this.#ceilingUntil = now + HOLD;
    return true;
  }
}
