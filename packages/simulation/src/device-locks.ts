import type { Locks } from '@earshot/client/locks.ts';
import type { Life } from './life.ts';

interface Waiting {
  readonly life: Life;
  readonly begin: () => void;
}

/** The locks of one device, shared by the programs on it. A program that is killed lets go of what it held. */
export class DeviceLocks {
  /** Per name: who holds it, then those who wait. */
  readonly #queues = new Map<string, Waiting[]>();

  /** The locks as one program sees them. */
  of(life: Life): Locks {
    life.atEnd(() => {
      for (const name of this.#queues.keys()) this.#forget(name, life);
    });
    return {
      hold: async (name, work, signal) => {
        const turn = Promise.withResolvers<void>();
        const mine: Waiting = { life, begin: turn.resolve };
        const queue = this.#queues.get(name) ?? [];
        this.#queues.set(name, queue);
        queue.push(mine);
        const leave = (): void => turn.reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
        if (signal?.aborted === true) leave();
        const stay = signal && life.whenAborted(signal, leave);
        if (queue[0] === mine) mine.begin();
        try {
          await turn.promise;
          stay?.();
          return await work();
        } finally {
          this.#release(name, mine);
        }
      },
    };
  }

  #release(name: string, one: Waiting): void {
    const queue = this.#queues.get(name) ?? [];
    const at = queue.indexOf(one);
    if (at < 0) return;
    queue.splice(at, 1);
    if (at === 0) queue[0]?.begin();
    if (queue.length === 0) this.#queues.delete(name);
  }

  #forget(name: string, life: Life): void {
    for (const one of [...(this.#queues.get(name) ?? [])].toReversed()) if (one.life === life) this.#release(name, one);
  }
}
