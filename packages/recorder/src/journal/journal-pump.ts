import { Failure } from '@earshot/protocol/failures.ts';
import type { JournalEntry, JournalWriter } from './journal.ts';

/** What became true on the disk. */
export interface PumpEvents {
  /** These were handed to the storage: killing the browser no longer costs them. */
  written(entries: readonly JournalEntry[]): void;
  /** Everything up to this packet of the take survives a power cut. */
  safe(packets: number): void;
  /** The storage refused. Nothing is dropped: what waits is written by the next `retry`, `settle` or successful append. */
  failed(failure: Failure): void;
}

/**
 * Between the encoder, which never waits, and the disk, which sometimes does. Writes at once what arrives while the disk is
 * idle; what arrives while it is busy goes into the next append together. Flushes go on beside, and hold up no write.
 *
 * Invariants: entries reach the writer in order, each exactly once; an entry leaves the queue only when it was written.
 */
export class JournalPump {
  readonly #writer: JournalWriter;
  readonly #events: PumpEvents;
  readonly #waiting: JournalEntry[] = [];
  #writing: Promise<void> | null = null;
  #flushing: Promise<void> | null = null;
  #flushWanted = false;
  #packets: number;

  constructor(writer: JournalWriter, events: PumpEvents) {
    this.#writer = writer;
    this.#events = events;
    this.#packets = writer.before.packets;
  }

  /** Entries that are in memory only. */
  get waiting(): number {
    return this.#waiting.length;
  }

  push(entries: readonly JournalEntry[]): void {
    this.#waiting.push(...entries);
    this.retry();
  }

  /** Called every 150 ms; while an earlier flush still runs, the next one begins behind it. */
  flush(): void {
    this.#flushWanted = true;
    this.#flushing ??= this.#told(this.#flushOn()).finally(() => (this.#flushing = null));
  }

  retry(): void {
    this.#writing ??= this.#told(this.#write()).finally(() => (this.#writing = null));
  }

  /** Resolves when all is written and flushed; throws the `Failure` that prevents it. */
  async settle(): Promise<void> {
    await this.#rest();
    await this.#write();
    await this.#flush();
  }

  async close(): Promise<void> {
    await this.#rest();
    await this.#writer.close();
  }

  async #rest(): Promise<void> {
    while (this.#writing !== null || this.#flushing !== null) await Promise.all([this.#writing, this.#flushing]);
  }

  async #told(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#events.failed(error);
    }
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice();
      await this.#writer.append(batch);
      this.#waiting.splice(0, batch.length);
      this.#packets += batch.filter((entry) => entry.type === 'packet').length;
      this.#events.written(batch);
    }
  }

  async #flushOn(): Promise<void> {
    // Behind what was pushed in the same breath.
    await this.#writing;
    while (this.#flushWanted) {
      this.#flushWanted = false;
      await this.#flush();
    }
  }

  async #flush(): Promise<void> {
    const packets = this.#packets;
    await this.#writer.flush();
    this.#events.safe(packets);
  }
}
