import type { FromWorklet, ToWorklet } from '../capture/capture-messages.ts';
import type { FramePort, Timers } from '../capture/take-session.ts';

/** 10 ms. */
const TICK_SAMPLES = 480;

/** A worklet in memory: captures a tone whenever it is told that time passes. */
export class FakeWorklet implements FramePort {
  #listener: ((message: FromWorklet) => void) | null = null;
  #open = false;
  #left: number | null = null;
  #at = 0;
  /** Set to let it deliver nothing, as a blocked microphone would. */
  deaf = false;
  amplitude = 0.3;

  send(message: ToWorklet): void {
    if (message.type === 'open') this.#open = true;
    else this.#left = message.samples;
  }

  listen(listener: ((message: FromWorklet) => void) | null): void {
    this.#listener = listener;
  }

  close(): void {
    this.#open = false;
  }

  /** 10 ms pass. */
  tick(): void {
    if (this.deaf || !this.#open) return;
    const samples = Float32Array.from({ length: TICK_SAMPLES }, (_, index) => this.amplitude * Math.sin((this.#at + index) / 20));
    this.#at += TICK_SAMPLES;
    this.#listener?.({ type: 'frames', samples, missing: 0 });
    if (this.#left === null) return;
    this.#left -= TICK_SAMPLES;
    if (this.#left > 0) return;
    this.#open = false;
    this.#left = null;
    this.#listener?.({ type: 'drained' });
  }
}

/** Timers that a test turns by hand. */
export class FakeTimers implements Timers {
  #now = 0;
  readonly #all = new Set<{ at: number; every: number | null; run: () => void }>();

  every(milliseconds: number, tick: () => void): () => void {
    return this.#add({ at: this.#now + milliseconds, every: milliseconds, run: tick });
  }

  after(milliseconds: number, run: () => void): () => void {
    return this.#add({ at: this.#now + milliseconds, every: null, run });
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
    for (const timer of [...this.#all].filter((one) => one.at <= this.#now)) {
      if (timer.every === null) this.#all.delete(timer);
      else timer.at += timer.every;
      timer.run();
    }
  }

  #add(timer: { at: number; every: number | null; run: () => void }): () => void {
    this.#all.add(timer);
    return () => this.#all.delete(timer);
  }
}
