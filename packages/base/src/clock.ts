/**
 * Time as a port, so that tests can turn it. Device clocks are never trusted for order or expiry; they serve waiting and display.
 */
export interface Clock {
  /** Milliseconds since 1970, of this machine. */
  now(): number;
  /** Resolves after `milliseconds`, or at once when the signal aborts (it never rejects). */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** What a timer can hold, in Node as in browsers; one that is longer ends at once. Milliseconds. */
const LONGEST_TIMER = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (milliseconds, signal) => {
    let left = milliseconds;
    do {
      await timer(Math.min(left, LONGEST_TIMER), signal);
      left -= LONGEST_TIMER;
    } while (left > 0 && signal?.aborted !== true);
  },
};

function timer(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      clearTimeout(running);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const running = setTimeout(done, milliseconds);
    signal?.addEventListener('abort', done, { once: true });
  });
}
