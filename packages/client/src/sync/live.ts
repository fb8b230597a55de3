import type { Clock } from '@earshot/base/clock.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { type ClientFrame, type ServerFrame, serverFrame } from '@earshot/protocol/live.ts';
import * as v from 'valibot';
import type { LiveConnection, Transport } from '../transport.ts';

/** Silence after which the other side is asked whether it is there; and how long it has to answer. Milliseconds. */
const QUIET = 25_000;
const PATIENCE = 10_000;
/** A proxy may take the question for a connection and never answer it. Milliseconds. */
const OPENING = 10_000;

/**
 * One life of the open connection, watched: a link that died without a word is noticed. It is open once the server has said its first word:
 * there are proxies that answer the question and let nothing through.
 */
export class Live {
  readonly #connection: LiveConnection;
  readonly #clock: Clock;
  readonly #opened = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<number>();
  readonly #over = new AbortController();
  #frames = 0;

  constructor(transport: Transport, clock: Clock, path: string, headers: Readonly<Record<string, string>>, frame: (text: string) => void) {
    this.#clock = clock;
    this.#connection = transport.connect(path, headers, {
      opened: () => undefined,
      frame: (text) => {
        this.#frames += 1;
        if (this.#frames === 1) this.#opened.resolve();
        frame(text);
      },
      closed: (code) => {
        this.#over.abort();
        this.#opened.reject(new Failure('network.unreachable', { close: code }));
        this.#closed.resolve(code);
      },
    });
    // Who only waits for the end need not look at the beginning.
    this.#opened.promise.catch(() => undefined);
    void this.#watch();
  }

  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /** Whether the server said anything. */
  get heard(): boolean {
    return this.#frames > 0;
  }

  /** The close code. */
  get closed(): Promise<number> {
    return this.#closed.promise;
  }

  /** False when it is over: whoever has something to say keeps it for the next one. */
  send(frame: ClientFrame): boolean {
    if (this.#over.signal.aborted) return false;
    this.#connection.send(JSON.stringify(frame));
    return true;
  }

  close(): void {
    if (!this.#over.signal.aborted) this.#connection.close();
  }

  /** Only spans are measured: the device's clock may be put back at any time, and then nothing would seem to be quiet for long. */
  async #watch(): Promise<void> {
    const { signal } = this.#over;
    if (!(await this.#hears(OPENING))) this.close();
    while (!signal.aborted) if (!(await this.#hears(QUIET))) await this.probe();
  }

  /** Asks whether the other side is still there. */
  async probe(): Promise<void> {
    this.send({ type: 'ping' });
    if (!(await this.#hears(PATIENCE))) this.close();
  }

  /** Whether anything comes within so many milliseconds, or the connection ends meanwhile. */
  async #hears(milliseconds: number): Promise<boolean> {
    const before = this.#frames;
    await this.#clock.sleep(milliseconds, this.#over.signal);
    return this.#frames > before || this.#over.signal.aborted;
  }
}

/** Null for what this version cannot read: a frame of a newer server says nothing that the logs do not say. */
export function readFrame(text: string): ServerFrame | null {
  try {
    const frame = v.safeParse(serverFrame, JSON.parse(text));
    return frame.success ? frame.output : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
