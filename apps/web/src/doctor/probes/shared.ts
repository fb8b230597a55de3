/** What several probes look at together is looked at once; each of them waits for it, the first begins it. */
export function once<T>(look: (signal: AbortSignal) => Promise<T>): (signal: AbortSignal) => Promise<T> {
  let looking: Promise<T> | null = null;
  return (signal) => (looking ??= look(signal));
}
