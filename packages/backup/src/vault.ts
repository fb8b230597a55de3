import { Failure } from '@earshot/protocol/failures.ts';

/**
 * Where backups lie: named bytes. Adapters: a folder, an S3 bucket, memory.
 *
 * Laws (held by `vault.contract.ts`)
 * 1. `put` resolves when the whole is durable under its name; until then whoever reads sees what was there before, or nothing.
 * 2. `get` gives what was put, or fails with `backup.missing`; with `backup.damaged` when it is there and the disk cannot read it.
 * 3. `list` names everything below a folder with its size and when it was put, in the order of names.
 * 4. `drop` of what is not there changes nothing.
 * 5. `tidy` takes away what puts below a folder left behind that were cut off before a time; a place where nothing of such is left has none.
 * 6. A place that cannot be reached or written, or is not there, fails with `backup.target`, which says why.
 */
export interface Vault {
  put(name: string, bytes: Uint8Array): Promise<void>;
  get(name: string): Promise<Uint8Array>;
  list(folder: string): Promise<readonly Held[]>;
  drop(name: string): Promise<void>;
  tidy?(folder: string, until: number): Promise<void>;
}

export interface Held {
  readonly name: string;
  readonly bytes: number;
  /** When it was put, by the clock of the place. Milliseconds since 1970. */
  readonly put: number;
}

/** For tests and simulations, and for a vault that becomes one file. Nobody else puts anything there: all of it may count as old. */
export class MemoryVault implements Vault {
  readonly held = new Map<string, Uint8Array>();

  put(name: string, bytes: Uint8Array): Promise<void> {
    this.held.set(name, bytes.slice());
    return Promise.resolve();
  }

  get(name: string): Promise<Uint8Array> {
    const bytes = this.held.get(name);
    return bytes === undefined ? Promise.reject(new Failure('backup.missing', { name })) : Promise.resolve(bytes.slice());
  }

  list(folder: string): Promise<readonly Held[]> {
    const names = [...this.held.keys()].filter((name) => name.startsWith(`${folder}/`)).sort();
    return Promise.resolve(names.map((name) => ({ name, bytes: this.held.get(name)?.length ?? 0, put: 0 })));
  }

  drop(name: string): Promise<void> {
    this.held.delete(name);
    return Promise.resolve();
  }
}
