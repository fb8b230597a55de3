import { aborted } from '@earshot/base/aborted.ts';
import type { Clock } from '@earshot/base/clock.ts';

/** Shows what it is told to. No wait ends by it, only with its signal: what a server does by itself it does once. */
export const stillClock = (now: () => number): Clock => ({ now, sleep: (_, signal) => aborted(signal ?? new AbortController().signal) });
