import { concat } from '@earshot/base/encoding.ts';
import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { blobRoute } from '@earshot/protocol/addresses.ts';
import type { Tasks } from '../tasks.ts';
import type { Api } from '../wire/api.ts';

/** Bytes kept of all that grows: some hours of speech. What is more is fetched when its event comes. */
const KEPT = 16_777_216;

interface Grown {
  readonly chunks: Uint8Array<ArrayBuffer>[];
  length: number;
  /** As far as the server said that it reaches. */
  said: number;
  readonly over: AbortController;
  fetching: boolean;
}

/**
 * What others speak just now, fetched as it grows. Nothing of it can be opened before its event comes with the key, and nobody sees that it is there; it
 * is kept in memory only, so that what is cancelled, or never sent, leaves nothing behind. Only haste depends on it.
 */
export class GrowingBlobs {
  readonly #api: Api;
  readonly #tasks: Tasks;
  /** The one that was heard of first comes first. */
  readonly #blobs = new Map<Id, Grown>();

  constructor(api: Api, tasks: Tasks) {
    this.#api = api;
    this.#tasks = tasks;
  }

  /** The server says how long it is by now; null: it was taken back. */
  heard(blob: Id, length: number | null): void {
    if (length === null) return this.#drop(blob);
    const known = this.#blobs.get(blob) ?? { chunks: [], length: 0, said: 0, over: new AbortController(), fetching: false };
    this.#blobs.set(blob, known);
    known.said = Math.max(known.said, length);
    if (known.fetching) return;
    known.fetching = true;
    this.#tasks.run(() => this.#follow(blob, known));
  }

  /** What is here of a blob whose event came; from then on it is the caller's. */
  take(blob: Id): Uint8Array<ArrayBuffer> {
    const bytes = concat(this.#blobs.get(blob)?.chunks ?? []);
    this.#drop(blob);
    return bytes;
  }

  async #follow(blob: Id, grown: Grown): Promise<void> {
    const { signal } = grown.over;
    try {
      while (grown.length < grown.said && !signal.aborted) {
        const headers = { range: `bytes=${grown.length}-${grown.said - 1}` };
        const bytes = await (await this.#api.raw({ method: 'GET', path: blobRoute.replace(':id', blob), headers, signal })).bytes();
        if (signal.aborted || bytes.length === 0 || bytes.length > grown.said - grown.length) return this.#drop(blob);
        grown.chunks.push(bytes);
        grown.length += bytes.length;
        this.#keepWithin();
      }
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      // It comes with its event; what is here by then is spared.
    } finally {
      grown.fetching = false;
    }
  }

  #keepWithin(): void {
    let kept = [...this.#blobs.values()].reduce((sum, { length }) => sum + length, 0);
    for (const [blob, { length }] of this.#blobs) {
      if (kept <= KEPT) return;
      kept -= length;
      this.#drop(blob);
    }
  }

  #drop(blob: Id): void {
    this.#blobs.get(blob)?.over.abort(new Failure('network.offline', { reason: 'stopped' }));
    this.#blobs.delete(blob);
  }
}
