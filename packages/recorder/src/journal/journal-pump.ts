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
 * idle; what arrives while it is busy goes into the next append together.
 *
 * Invariants: entries reach the writer in order, each exactly once; an entry leaves the queue only when it was written.
 */
export class JournalPump {
  readonly #writer: JournalWriter;
  readonly #events: PumpEvents;
  readonly #waiting: JournalEntry[] = [];
  #running: Promise<void> | null = null;
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

  /** Called every 250 ms; does nothing while an earlier flush still runs. */
  flush(): void {
    this.#flushWanted = true;
    this.retry();
  }

  retry(): void {
    if (this.#running !== null) return;
    this.#running = this.#run().finally(() => (this.#running = null));
  }

  /** Resolves when all is written and flushed; throws the `Failure` that prevents it. */
  async settle(): Promise<void> {
    while (this.#running !== null) await this.#running;
    await this.#write();
    await this.#flush();
  }

  async close(): Promise<void> {
    while (this.#running !== null) await this.#running;
    await this.#writer.close();
  }

  async #run(): Promise<void> {
    try {
      while (this.#waiting.length > 0 || this.#flushWanted) {
        await this.#write();
        if (this.#flushWanted) await this.#flush();
      }
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

  async #flush(): Promise<void> {
    this.#flushWanted = false;
    const packets = this.#packets;
    await this.#writer.flush();
    this.#events.safe(packets);
  }
}
