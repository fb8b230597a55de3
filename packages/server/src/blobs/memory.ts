import type { Id } from '@earshot/base/ids.ts';
import type { Blobs } from './blobs.ts';

/** For tests and simulations: bytes that end with the process. */
export class MemoryBlobs implements Blobs {
  readonly #blobs = new Map<Id, Uint8Array>();

  write(blob: Id, offset: number, bytes: Uint8Array): Promise<void> {
    const before = this.#blobs.get(blob) ?? new Uint8Array();
    const after = new Uint8Array(offset + bytes.length);
    after.set(before.subarray(0, offset));
    after.set(bytes, offset);
    this.#blobs.set(blob, after);
    return Promise.resolve();
  }

  read(blob: Id, start: number, end: number): Promise<Uint8Array> {
    const bytes = this.#blobs.get(blob);
    if (!bytes || bytes.length < end) return Promise.reject(new Error(`blob ${blob} has no bytes up to ${end}`));
    return Promise.resolve(bytes.slice(start, end));
  }

  remove(blob: Id): Promise<void> {
    this.#blobs.delete(blob);
    return Promise.resolve();
  }

  async *list(): AsyncIterable<readonly Id[]> {
    yield [...this.#blobs.keys()];
  }

  /** Removing gives the room back at once. */
  tidy(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
