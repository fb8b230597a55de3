import type { Id } from '@earshot/base/ids.ts';

/** One after the other for each upload: two writers of one blob never overlap. */
export class Turns {
  readonly #last = new Map<Id, Promise<unknown>>();

  /** Ends, however it ends, with what was last begun for this upload; null when nothing is under way. */
  pending(blob: Id): Promise<void> | null {
    const last = this.#last.get(blob);
    return last === undefined ? null : last.then(() => undefined, () => undefined);
  }

  async take<T>(blob: Id, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(blob);
    const mine = before ? before.then(work, work) : work();
    this.#last.set(blob, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(blob) === mine) this.#last.delete(blob);
    }
  }
}
