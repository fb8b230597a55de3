import type { Id } from '@earshot/base/ids.ts';
import type { FanOut, Hint, Listener } from './fanout.ts';

/** Within one process. Listeners are called before `publish` returns. */
export class MemoryFanOut implements FanOut {
  readonly #listeners = new Map<Id, Set<Listener>>();

  publish(people: readonly Id[], hint: Hint): void {
    for (const person of people) {
      const listeners = this.#listeners.get(person);
      if (listeners) for (const listener of listeners) listener(person, hint);
    }
  }

  subscribe(person: Id, listener: Listener): () => void {
    const listeners = this.#listeners.get(person) ?? new Set();
    this.#listeners.set(person, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(person) === listeners) this.#listeners.delete(person);
    };
  }

  close(): Promise<void> {
    this.#listeners.clear();
    return Promise.resolve();
  }
}
