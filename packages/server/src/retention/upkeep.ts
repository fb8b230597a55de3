import type { Hub } from '../live/hub.ts';
import type { Ports } from '../ports.ts';
import type { Waker } from '../push/waker.ts';
import type { Vitals } from '../status/vitals.ts';
import type { Watch } from '../status/watch.ts';
import { sweep } from './sweep.ts';

const SWEEP_EVERY = 180_000;
const RECHECK_EVERY = 1_000;
/** Messages that come within a second are one wake. */
const WAKE_EVERY = 1_000;
/** An outage is known to this precision. */
const WATCH_EVERY = 10_000;
const FAILED_WAKES = 3;

/** What a server does by itself, until it ends. */
export function startUpkeep(ports: Ports, hub: Hub, waker: Waker | null, vitals: Vitals, watch: Watch): { close(): Promise<void> } {
  const stop = new AbortController();
  const loops = [
    repeat(ports, SWEEP_EVERY, stop.signal, () => vitals.note('upkeep', () => sweep(ports))),
    repeat(ports, RECHECK_EVERY, stop.signal, () => vitals.note('live', () => hub.recheck())),
    // Waits for no other part: it has to tell of a store that refuses them all.
    repeat(ports, WATCH_EVERY, stop.signal, () => watch.round()),
  ];
  if (waker) {
    loops.push(repeat(ports, WATCH_EVERY, stop.signal, () => notePush(waker, vitals)));
    loops.push(repeat(ports, WAKE_EVERY, stop.signal, () => waker.round()));
  }
  return {
    close: async () => {
      stop.abort();
      await Promise.all(loops);
    },
  };
}

/** A wake that fails is tried again; several in a row are worth a word. */
async function notePush(waker: Waker, vitals: Vitals): Promise<void> {
  const { failing } = await waker.health();
  if (failing === null) vitals.good('push');
  else if (failing.count >= FAILED_WAKES) vitals.bad('push', new Error(failing.reason));
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
