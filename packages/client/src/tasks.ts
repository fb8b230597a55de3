import { Failure } from '@earshot/protocol/failures.ts';
import type { Bus } from './bus.ts';

/**
 * Work that nobody waits for. Its failures are announced, never swallowed; what is not a `Failure` is a bug of ours and comes out
 * as an unhandled rejection. Whoever ends it waits until all of it came to rest, so that the store can be closed.
 */
export class Tasks {
  readonly #bus: Bus;
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** Aborted when everything shall end. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  run(work: () => Promise<unknown>): void {
    if (this.#stop.signal.aborted) return;
    const task = this.#guarded(work).finally(() => this.#running.delete(task));
    this.#running.add(task);
  }

  async end(): Promise<void> {
    this.#stop.abort(new Failure('network.offline', { reason: 'stopped' }));
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #guarded(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // What was cut off by the end is not a failure: it is all on disk, for the next time.
      if (this.#stop.signal.aborted) return;
      if (!(error instanceof Failure)) throw error;
      this.#bus.announceHere({ type: 'fault', code: error.code, evidence: error.evidence });
    }
  }
}
