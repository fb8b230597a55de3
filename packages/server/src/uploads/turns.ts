import type { Id } from '@earshot/base/ids.ts';

/** One after the other for each upload: two writers of one blob never overlap. */
export class Turns {
  readonly #last = new Map<Id, Promise<unknown>>();

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
