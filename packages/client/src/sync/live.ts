import type { Clock } from '@earshot/base/clock.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { ClientFrame } from '@earshot/protocol/live.ts';
import type { LiveConnection, Transport } from '../transport.ts';

/** Silence after which the other side is asked whether it is there; and how long it has to answer. Milliseconds. */
const QUIET = 25_000;
const PATIENCE = 10_000;

/** One life of the open connection, watched: a link that died without a word is noticed. */
export class Live {
  readonly #connection: LiveConnection;
  readonly #clock: Clock;
  readonly #opened = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<number>();
  readonly #over = new AbortController();
  #heard = false;

  constructor(transport: Transport, clock: Clock, path: string, headers: Readonly<Record<string, string>>, frame: (text: string) => void) {
    this.#clock = clock;
    this.#connection = transport.connect(path, headers, {
      opened: () => {
        this.#opened.resolve();
        void this.#watch();
      },
      frame: (text) => {
        this.#heard = true;
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
  }

  get opened(): Promise<void> {
    return this.#opened.promise;
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
    while (!signal.aborted) {
      if (await this.#hears(QUIET)) continue;
      this.send({ type: 'ping' });
      if (!(await this.#hears(PATIENCE))) this.close();
    }
  }

  /** Whether anything comes within so many milliseconds, or the connection ends meanwhile. */
  async #hears(milliseconds: number): Promise<boolean> {
    this.#heard = false;
    await this.#clock.sleep(milliseconds, this.#over.signal);
    return this.#heard || this.#over.signal.aborted;
  }
}
