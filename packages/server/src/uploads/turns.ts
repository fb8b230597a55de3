import type { Id } from '@earshot/base/ids.ts';

interface Turn {
  readonly person: Id;
  readonly over: AbortController;
  readonly done: Promise<unknown>;
}

/**
 * One after the other for each upload: two writers of one blob never overlap. Whoever comes again has given up what she sent before, perhaps
 * over a line that is dead without a word: her turn under way is told to end with what has arrived, so that she need not wait for it.
 */
export class Turns {
  readonly #last = new Map<Id, Turn>();

  async take<T>(person: Id, blob: Id, work: (givenUp: AbortSignal) => Promise<T>): Promise<T> {
    const before = this.#last.get(blob);
    if (before?.person === person) before.over.abort();
    const over = new AbortController();
    const run = (): Promise<T> => work(over.signal);
    const done = before ? before.done.then(run, run) : run();
    const mine = { person, over, done };
    this.#last.set(blob, mine);
    try {
      return await done;
    } finally {
      if (this.#last.get(blob) === mine) this.#last.delete(blob);
    }
  }

  /** Ends, however it ends, with what this person last began for this upload; null when she has nothing under way. */
  pending(person: Id, blob: Id): Promise<void> | null {
    const last = this.#last.get(blob);
    return last?.person === person ? last.done.then(() => undefined, () => undefined) : null;
  }
}

/** The chunks until the signal aborts, which ends them like a broken line. */
export async function* untilGivenUp(chunks: AsyncIterable<Uint8Array>, givenUp: AbortSignal): AsyncGenerator<Uint8Array> {
  const { promise: cut, reject } = Promise.withResolvers<never>();
  cut.catch(() => undefined);
  const end = (): void => reject(Object.assign(new Error('given up'), { code: 'ABORT_ERR' }));
  if (givenUp.aborted) end();
  givenUp.addEventListener('abort', end, { once: true });
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), cut]);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    givenUp.removeEventListener('abort', end);
  }
}
