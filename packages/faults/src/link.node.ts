import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** What a link does to the bytes that cross it. May be changed while it carries some. */
export interface LinkShape {
  /** Bits a second on the way up (to the server); unlimited when absent. All connections share it. */
  readonly upBits?: number;
  /** The same for the way down. */
  readonly downBits?: number;
  /** Milliseconds that each piece spends under way, in each direction. */
  readonly delay?: number;
  /**
   * Ends the connection that carries the last of so many bytes on the way up with a reset, counted over all connections from `shape` on.
   * Once: whoever comes again finds the link whole, however late its owner looks.
   */
  readonly cutAfterUp?: number;
  /** The same for the way down. */
  readonly cutAfterDown?: number;
  /** Takes everything and passes nothing on: connections open, nothing ever comes back. */
  readonly blackHole?: boolean;
  /** Refuses new connections. */
  readonly down?: boolean;
}

type Direction = 'up' | 'down';

/**
 * A TCP link to `target` on real sockets, for tests and measurements. It holds at most one piece a connection in each direction, so
 * that a sender feels the link as the back-pressure of its own socket.
 */
export class FaultyLink implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  #shape: LinkShape = {};
  readonly #freeAt = { up: 0, down: 0 };
  #crossed = { up: 0, down: 0 };
  #cutAfter = { up: Infinity, down: Infinity };
  /** Connections cut by `cutAfterUp` or `cutAfterDown` so far. */
  cuts = 0;

  private constructor(server: Server, target: URL) {
    this.#server = server;
    this.#target = target;
  }

  static async open(target: string, shape: LinkShape = {}): Promise<FaultyLink> {
    const server = createServer({ noDelay: true });
    const link = new FaultyLink(server, new URL(target));
    link.shape(shape);
    server.on('connection', (near) => link.#join(near));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return link;
  }

  get origin(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the link is closed');
    return `http://127.0.0.1:${address.port}`;
  }

  /** From now on the link does this and nothing else. Byte counts start anew; open connections stay, except when it goes down. */
  shape(shape: LinkShape): void {
    this.#shape = shape;
    this.#crossed = { up: 0, down: 0 };
    this.#cutAfter = { up: shape.cutAfterUp ?? Infinity, down: shape.cutAfterDown ?? Infinity };
    if (shape.down) this.cutAll();
  }

  /** Bytes that went each way since the last `shape`. */
  get crossed(): { readonly up: number; readonly down: number } {
    return { ...this.#crossed };
  }

  cutAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #join(near: Socket): void {
    if (this.#shape.down) {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ port: Number(this.#target.port), host: this.#target.hostname, noDelay: true });
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.#sockets.delete(socket));
    }
    this.#carry('up', near, far);
    this.#carry('down', far, near);
  }

  #carry(direction: Direction, from: Socket, to: Socket): void {
    // What was said before the end arrives before the end.
    let under = Promise.resolve();
    from.on('data', (chunk: Buffer) => {
      if (this.#shape.blackHole) return;
      from.pause();
      under = wait(this.#wait(direction, chunk.length)).then(() => {
        if (this.#pass(direction, chunk, to)) return void from.resume();
        this.cuts += 1;
        this.#cutAfter[direction] = Infinity;
        from.resetAndDestroy();
        // What crossed before the cut has crossed.
        to.destroySoon();
      });
    });
    from.on('end', () => void under.then(() => to.end()));
    from.on('close', () => void under.then(() => to.destroySoon()));
  }

  #wait(direction: Direction, bytes: number): number {
    const { delay = 0, upBits, downBits } = this.#shape;
    const bits = direction === 'up' ? upBits : downBits;
    if (bits === undefined) return delay;
    // One link for all connections: each piece waits for those before it.
    const now = performance.now();
    this.#freeAt[direction] = Math.max(now, this.#freeAt[direction]) + (bytes * 8000) / bits;
    return this.#freeAt[direction] - now + delay;
  }

  /** Hands on what may still cross; false when the cut falls into or right behind this piece. */
  #pass(direction: Direction, chunk: Buffer, to: Socket): boolean {
    const limit = this.#cutAfter[direction];
    const allowed = Math.max(0, Math.min(chunk.length, limit - this.#crossed[direction]));
    if (allowed > 0) to.write(chunk.subarray(0, allowed));
    this.#crossed[direction] += allowed;
    return this.#crossed[direction] < limit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cutAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
