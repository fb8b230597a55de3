import type { FromCapture, ToCapture } from '../capture/capture-messages.ts';
import { FrameGate } from '../capture/frame-gate.ts';
import type { FramePort, Timers } from '../capture/take-session.ts';

/** 10 ms. */
const TICK_SAMPLES = 480;

/** A microphone and its worklet in memory: captures a tone with a slow swell whenever it is told that time passes. */
export class FakeCapture implements FramePort {
  #listener: ((message: FromCapture) => void) | null = null;
  readonly #gate = new FrameGate((message) => {
    if (message.type === 'frames') this.captured = message.at + message.samples.length;
    this.#listener?.(structuredClone(message));
  });
  #at = 0;
  /** Samples that were let through until now. */
  captured = 0;
  /** Set to let it deliver nothing, as a blocked microphone would. */
  deaf = false;
  /** Set to let what is captured wait in a queue, as where whoever reads it gets no processor. */
  late = false;
  #waiting = 0;
  amplitude = 0.3;

  send(message: ToCapture): void {
    this.#gate.obey(message);
  }

  listen(listener: ((message: FromCapture) => void) | null): void {
    this.#listener = listener;
    this.#gate.hold();
  }

  close(): void {
    this.#listener = null;
  }

  /** 10 ms pass. */
  tick(): void {
    if (this.deaf) return;
    this.#waiting += 1;
    if (this.late) return;
    for (; this.#waiting > 0; this.#waiting -= 1) this.#push();
  }

  #push(): void {
    const from = this.#at % VOICE.length;
    this.#gate.push(VOICE.subarray(from, from + TICK_SAMPLES).map((sample) => sample * this.amplitude), this.#at);
    this.#at += TICK_SAMPLES;
  }
}

/** Two tones and syllables of a quarter of a second: enough like speech that the sentinel has nothing to say. */
function voice(at: number): number {
  const swell = 0.55 + 0.45 * Math.sin((at * 2 * Math.PI) / 12_000);
  return swell * (0.5 * Math.sin(at / 20) + 0.3 * Math.sin(at / 7.3) + 0.2 * Math.sin(at * 1.31));
}

/** 5 s of it, again and again. */
const VOICE = Float32Array.from({ length: 240_000 }, (_, at) => voice(at));

/** Timers that a test turns by hand. */
export class FakeTimers implements Timers {
  #now = 0;
  readonly #all = new Set<{ at: number; every: number | null; run: () => void }>();

  now(): number {
    return this.#now;
  }

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
