/** Turns between two instants; a group commit takes fewer than ten. */
const MOST = 1_000;

// The platform's own, uncounted.
const [tick, immediate] = [process.nextTick, setImmediate];

/** How many have asked for a turn of the event loop and not had it yet; null as long as nobody counts. */
let open: number | null = null;

/**
 * Counts whoever asks for a turn of the event loop from now on, so that time in a world passes as soon as nobody waits for one. A
 * world has no real input or output: what does not wait for a turn waits for its timers. For the whole process, which is why only
 * simulations call it.
 */
export function countTurns(): void {
  if (open !== null) return;
  open = 0;
  Object.assign(globalThis, { setImmediate: counted(immediate) });
  process.nextTick = counted(tick);
}

/** Until nobody asks for another turn. */
export async function turnsOver(): Promise<void> {
  // All promises that can resolve do so before the tick that one of them asked for.
  await Promise.resolve();
  await new Promise<void>((resolve) => tick(resolve));
  for (let left = MOST; (open ?? 0) > 0; left -= 1) {
    if (left === 0) throw new Error('assertion: somebody asks for one turn after the other, or took one back');
    await new Promise<void>((resolve) => immediate(resolve));
  }
}

type Ask<A extends unknown[], R> = (callback: (...args: A) => void, ...args: A) => R;

function counted<A extends unknown[], R>(ask: Ask<A, R>): Ask<A, R> {
  return (callback, ...args) => {
    open = (open ?? 0) + 1;
    const had = (...given: A): void => {
      open = (open ?? 1) - 1;
      callback(...given);
    };
    return ask(had, ...args);
  };
}
