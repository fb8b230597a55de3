/**
 * What a server asks the machine under it. Adapters: the folder that holds the data, memory.
 *
 * Laws
 * 1. `room` is what may still be written there, in bytes; null where the machine does not tell.
 * 2. `write` resolves when something new is durable on that disk and gone again; else it rejects with the reason.
 * 3. `backedUp` is when the last backup of what is there had been read back, in milliseconds since 1970; null when none is known.
 * 4. `elapsed` only grows, whatever is done to the clock.
 */
export interface Machine {
  room(): Promise<number | null>;
  write(): Promise<void>;
  backedUp(): Promise<number | null>;
  /** Milliseconds since some moment. */
  elapsed(): number;
}

/** For tests and simulations: a machine that is what it is told to be. */
export class MemoryMachine implements Machine {
  free: number | null = 1e12;
  /** Why nothing can be written; null when it can. */
  broken: Error | null = null;
  ran = 0;
  backup: number | null = null;

  room(): Promise<number | null> {
    return Promise.resolve(this.free);
  }

  write(): Promise<void> {
    return this.broken ? Promise.reject(this.broken) : Promise.resolve();
  }

  backedUp(): Promise<number | null> {
    return Promise.resolve(this.backup);
  }

  elapsed(): number {
    return this.ran;
  }
}
