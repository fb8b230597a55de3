import type { Locks } from '../locks.ts';

/** Locks within one process: first come, first served. */
export function memoryLocks(): Locks {
  const last = new Map<string, Promise<void>>();
  return {
    hold: async (name, work, signal) => {
      const before = last.get(name) ?? Promise.resolve();
      const mine = Promise.withResolvers<void>();
      const turn = before.then(() => mine.promise);
      last.set(name, turn);
      try {
        await untilAborted(before, signal);
        return await work();
      } finally {
        mine.resolve();
        if (last.get(name) === turn) last.delete(name);
      }
    },
  };
}

function untilAborted(wait: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return wait;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason }));
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    void wait.then(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
  });
}
