import type { Clock } from '@earshot/base/clock.ts';
import type { Life } from './life.ts';
import { countTurns, turnsOver } from './turns.ts';

/** 2026-01-01: where the worlds begin. */
const EPOCH = 1_767_225_600_000;

interface Timer {
  readonly at: number;
  /** Among timers of the same instant the first one set rings first. */
  readonly order: number;
  readonly ring: () => void;
  /** Whether anybody still waits for it: what nobody waits for takes no turn. */
  readonly wanted: () => boolean;
}

/** The time of a simulated world, in milliseconds since it began. It only passes when everybody has had a turn. */
export class VirtualTime {
  constructor() {
    countTurns();
  }

  readonly #heap: Timer[] = [];
  #now = 0;
  #leapt = 0;
  #order = 0;

  get now(): number {
    return this.#now;
  }

  /** What a clock on the wall shows that is right: milliseconds since 1970. */
  get wall(): number {
    return EPOCH + this.#now + this.#leapt;
  }

  /** Days pass in which nobody does anything: clocks show it, and whoever waits goes on waiting as after a sleep. */
  leap(milliseconds: number): void {
    this.#leapt += milliseconds;
  }

  /** Rings after `milliseconds`, if it is still `wanted` then. */
  after(milliseconds: number, ring: () => void, wanted = always): void {
    this.#push({ at: this.#now + Math.max(0, milliseconds), order: (this.#order += 1), ring, wanted });
  }

  /** Resolves after `milliseconds`; what is dead by then is never woken. */
  sleep(milliseconds: number, life?: Life): Promise<void> {
    return new Promise((resolve) => this.after(milliseconds, resolve, life === undefined ? always : () => life.alive));
  }

  /** Lets time pass until `end` or until `done` is true. */
  async run(end: number, done: () => boolean = () => false): Promise<void> {
    await turnsOver();
    while (!done()) {
      const first = this.#heap[0];
      if (first === undefined || first.at > end) break;
      this.#pop();
      if (!first.wanted()) continue;
      this.#now = first.at;
      first.ring();
      await turnsOver();
    }
    if (!done()) this.#now = Math.max(this.#now, end);
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !earlier(timer, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const [left, right] = [heap[at * 2 + 1], heap[at * 2 + 2]];
      const child = right !== undefined && left !== undefined && earlier(right, left) ? at * 2 + 2 : at * 2 + 1;
      const below = heap[child];
      if (below === undefined || !earlier(below, last)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
  }
}

const always = (): boolean => true;

function earlier(one: Timer, other: Timer): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

/** A wall clock that may be wrong. */
export interface Skew {
  /** Milliseconds that it is ahead of the world's time. */
  offset: number;
}

/** The clock of one machine: `now` is what its wall shows, `sleep` is not fooled by that, and nothing rings in the dead. */
export function clockOf(time: VirtualTime, skew: Skew, life: Life): Clock {
  return {
    now: () => Math.floor(time.wall + skew.offset),
    sleep: (milliseconds, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        let over = false;
        const done = (): void => {
          over = true;
          unheard?.();
          if (life.alive) resolve();
        };
        const unheard = signal && life.whenAborted(signal, done);
        time.after(milliseconds, done, () => !over && life.alive);
      }),
  };
}
