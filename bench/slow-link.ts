import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A TCP proxy whose way up carries at most `bitsPerSecond`; the way down is free. It hands on 10 ms worth of bytes at a time and
 * reads no further ahead than that, so that a sender feels the link as the back-pressure of its own socket.
 */
export class SlowLink implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #freeAt = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(target: URL, bitsPerSecond: number): Promise<SlowLink> {
    const server = createServer({ highWaterMark: 1024 });
    const link = new SlowLink(server);
    server.on('connection', (near) => link.#join(near, target, bitsPerSecond / 8));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return link;
  }

  get origin(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the slow link is closed');
    return `http://127.0.0.1:${address.port}`;
  }

  #join(near: Socket, target: URL, bytesPerSecond: number): void {
    const far = connect(Number(target.port), target.hostname);
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    far.pipe(near);
    near.on('data', (chunk: Buffer) => {
      near.pause();
      // All connections share the one link: each chunk waits for those before it.
      const now = performance.now();
      this.#freeAt = Math.max(now, this.#freeAt) + (chunk.length * 1000) / bytesPerSecond;
      setTimeout(() => {
        far.write(chunk);
        near.resume();
      }, this.#freeAt - now);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
