import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import type { Caller } from './world.ts';

const TEXT = 1;
const CLOSE = 8;

/** An open connection, frame by frame: it hears the goodbye, and never answers it. */
export class RudePeer implements Disposable {
  readonly #socket: Socket;
  /** The code that the goodbye names. */
  readonly goodbye: Promise<number>;
  /** Nothing more comes through it. */
  readonly gone: Promise<void>;
  #heard = Buffer.alloc(0);
  #wake: (text: string) => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const { promise, resolve } = Promise.withResolvers<number>();
    this.goodbye = promise;
    this.gone = new Promise((over) => void socket.on('close', () => over()));
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      this.#heard = Buffer.concat([this.#heard, bytes]);
      this.#frames(resolve);
    });
  }

  /** Resolves with the first frame. */
  static async open({ base, token }: Caller): Promise<RudePeer> {
    const socket = connect(Number(new URL(base).port), '127.0.0.1');
    socket.write(['GET /v1/live HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`, `Authorization: Bearer ${token}`, '', ''].join('\r\n'));
    const peer = new RudePeer(socket);
    await peer.#next();
    return peer;
  }

  /** Asks, and resolves with whatever comes. */
  async answers(): Promise<string> {
    const text = Buffer.from('{"type":"ping"}');
    const answer = this.#next();
    this.#socket.write(Buffer.concat([Buffer.from([0x80 | TEXT, 0x80 | text.length, 0, 0, 0, 0]), text]));
    return await answer;
  }

  #next(): Promise<string> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** The server's frames are short ones here: neither masked nor in pieces. */
  #frames(goodbye: (code: number) => void): void {
    const head = this.#heard.indexOf('\r\n\r\n');
    if (this.#heard.subarray(0, 4).toString() === 'HTTP' && head >= 0) this.#heard = this.#heard.subarray(head + 4);
    for (;;) {
      const [first = 0, length = 0] = this.#heard;
      if (this.#heard.length < 2 || this.#heard.length < 2 + length) return;
      const content = this.#heard.subarray(2, 2 + length);
      this.#heard = this.#heard.subarray(2 + length);
      if ((first & 15) === CLOSE) goodbye(content.readUInt16BE(0));
      if ((first & 15) === TEXT) this.#wake(content.toString());
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
