/** Bytes that arrived in pieces and wait to be read from the front: one buffer that is moved together when it is full. */
export class ByteQueue {
  #buffer = new Uint8Array(4_096);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  push(piece: Uint8Array): void {
    if (this.#end + piece.length > this.#buffer.length) this.#makeRoom(piece.length);
    this.#buffer.set(piece, this.#end);
    this.#end += piece.length;
  }

  /** All that waits, as a view that holds until the next `push`. */
  peek(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  drop(count: number): void {
    this.#start += Math.min(count, this.length);
  }

  #makeRoom(more: number): void {
    const held = this.peek();
    const size = this.length + more;
    // A quarter stays free after moving, so that small pieces do not move the whole each time.
    const roomy = size * 4 <= this.#buffer.length * 3 ? this.#buffer : new Uint8Array(size * 2);
    roomy.set(held, 0);
    this.#buffer = roomy;
    this.#start = 0;
    this.#end = held.length;
  }
}
