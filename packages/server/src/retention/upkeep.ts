import type { Hub } from '../live/hub.ts';
import type { Ports } from '../ports.ts';
import type { Waker } from '../push/waker.ts';
import { sweep } from './sweep.ts';

const SWEEP_EVERY = 180_000;
const RECHECK_EVERY = 1_000;
/** Messages that come within a second are one wake. */
const WAKE_EVERY = 1_000;

/** What a server does by itself, until it ends. */
export function startUpkeep(ports: Ports, hub: Hub, waker: Waker | null): { close(): Promise<void> } {
  const stop = new AbortController();
  const loops = [repeat(ports, SWEEP_EVERY, stop.signal, () => sweep(ports)), repeat(ports, RECHECK_EVERY, stop.signal, () => hub.recheck())];
  if (waker) loops.push(repeat(ports, WAKE_EVERY, stop.signal, () => waker.round()));
  return {
    close: async () => {
      stop.abort();
      await Promise.all(loops);
    },
  };
}

/** A failed round is reported, and the next one is tried all the same: upkeep must not end with the first full disk. */
async function repeat(ports: Ports, every: number, signal: AbortSignal, round: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    try {
      await round();
    } catch (error) {
      ports.log.warn('upkeep', { reason: error instanceof Error ? error.message : 'unknown' });
    }
    await ports.clock.sleep(every, signal);
  }
}
