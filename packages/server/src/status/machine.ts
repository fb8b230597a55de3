import type { FailureCode } from '@earshot/protocol/failures.ts';

export interface BackupNote {
  /** Milliseconds since 1970; null when no backup is known. */
  readonly verified: number | null;
  /** The last try, when it failed. */
  readonly failed: { readonly at: number; readonly code: FailureCode } | null;
}

/**
 * What a server asks the machine under it. Adapters: the folder that holds the data, memory.
 *
 * Laws
 * 1. `room` is what may still be written there, in bytes; null where the machine does not tell.
 * 2. `write` resolves when something new is durable on that disk and gone again; else it rejects with the reason.
 * 3. `backup` tells when the last backup of what is there had been read back, and whether the last try failed.
 * 4. `elapsed` only grows, whatever is done to the clock.
 */
export interface Machine {
  room(): Promise<number | null>;
  write(): Promise<void>;
  backup(): Promise<BackupNote>;
  /** Milliseconds since some moment. */
  elapsed(): number;
}

/** For tests and simulations: a machine that is what it is told to be. */
export class MemoryMachine implements Machine {
  free: number | null = 1e12;
  /** Why nothing can be written; null when it can. */
  broken: Error | null = null;
  ran = 0;
  backedUp: BackupNote = { verified: null, failed: null };

  room(): Promise<number | null> {
    return Promise.resolve(this.free);
  }

  write(): Promise<void> {
    return this.broken ? Promise.reject(this.broken) : Promise.resolve();
  }

  backup(): Promise<BackupNote> {
    return Promise.resolve(this.backedUp);
  }

  elapsed(): number {
    return this.ran;
  }
}
