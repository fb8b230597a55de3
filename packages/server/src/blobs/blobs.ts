import type { Id } from '@earshot/base/ids.ts';

/**
 * Bytes by blob and offset. The store knows up to where a blob's bytes count; what lies beyond was never acknowledged.
 *
 * Laws
 * 1. `write` resolves after the bytes are durable. Written again at an offset, the later bytes count, and what was written before
 *    from there on no more: only what the store never committed is ever written again.
 * 2. `read` gives exactly the bytes `[start, end)` that were written, or rejects. What was written or read is changed by nobody afterwards.
 * 3. `remove` of what does not exist is no failure. It may be forgotten by a power cut: who asks for it keeps a list of its own.
 * 4. Callers never write one blob twice at the same time.
 */
export interface Blobs {
  write(blob: Id, offset: number, bytes: Uint8Array): Promise<void>;
  read(blob: Id, start: number, end: number): Promise<Uint8Array>;
  remove(blob: Id): Promise<void>;
  /** Every blob of which bytes exist, in groups. */
  list(): AsyncIterable<readonly Id[]>;
  /** Gives the room of what was removed back, in moderate steps, beside everything else. Safe at any time; ending midway costs nothing. */
  tidy(): Promise<void>;
  close(): Promise<void>;
}
