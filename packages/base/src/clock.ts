/**
 * Time as a port, so that tests can turn it. Device clocks are never trusted for order or expiry; they serve waiting and display.
 */
export interface Clock {
  /** Milliseconds since 1970, of this machine. */
  now(): number;
  /** Resolves after `milliseconds`, or at once when the signal aborts (it never rejects). */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      signal?.addEventListener('abort', done, { once: true });
    }),
};
