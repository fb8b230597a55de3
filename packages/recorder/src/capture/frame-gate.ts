import { CHUNK_SAMPLES, KEEP_SAMPLES } from './capture-messages.ts';
import type { FromCapture, ToCapture } from './capture-messages.ts';

interface Chunk {
  readonly at: number;
  readonly samples: Float32Array<ArrayBuffer>;
  readonly missing: number;
}

interface Part {
  readonly at: number;
  readonly packets: number;
  readonly preSkip: number;
}

/** Parts that are remembered: a worker that died may be behind by the end of one. */
const PARTS = 4;

/**
 * Between the audio thread and the worker: gathers quanta into chunks, lets them through while frames are wanted, and keeps them
 * until the journal has them. Runs on the audio thread (or, in the slower way, on the page), so it does nothing else.
 */
export class FrameGate {
  readonly #post: (message: FromCapture) => void;
  readonly #kept: Chunk[] = [];
  #parts: Part[] = [];
  #open = false;
  #held = false;
  /** Samples to go until `drained`; null while nobody waits for it. */
  #left: number | null = null;
  readonly #size: number;
  #chunk: Float32Array<ArrayBuffer>;
  #filled = 0;
  /** Samples that were let through, those in the chunk under way not counted. */
  #sent = 0;
  /** Where the next quantum should begin; null before the first, because the clock jumps once behind it. */
  #expected: number | null = null;
  #missing = 0;
  #quanta = 0;

  /** `size`: samples of a whole chunk. */
  constructor(post: (message: FromCapture) => void, size = CHUNK_SAMPLES) {
    this.#post = post;
    this.#size = size;
    this.#chunk = new Float32Array(size);
  }

  /** One quantum, whose first sample is number `frame` by the context's clock; undefined while there is no input. */
  push(samples: Float32Array | undefined, frame: number): void {
    if (samples === undefined || !this.#open) {
      this.#expected = null;
      return;
    }
    this.#count(samples.length, frame);
    this.#take(samples);
  }

  /** Another worker is on its way: what comes until it says `open` is kept for it, and not sent, so that it gets everything in order. */
  hold(): void {
    this.#held = true;
  }

  obey(message: ToCapture): void {
    switch (message.type) {
      case 'open':
        this.#open = true;
        this.#held = false;
        this.#left = null;
        if (message.resend !== null) this.#resend(message.resend);
        break;
      case 'drain':
        this.#left = message.samples;
        if (!this.#open) this.#drained();
        break;
      case 'part':
        this.#parts = [...this.#parts.slice(1 - PARTS), message];
        break;
      case 'kept':
        this.#forget(message.packets);
        break;
    }
  }

  #count(length: number, frame: number): void {
    this.#quanta += 1;
    if (this.#expected !== null && this.#quanta > 2) this.#missing += Math.max(0, frame - this.#expected);
    this.#expected = frame + length;
  }

  #take(samples: Float32Array): void {
    for (let at = 0; at < samples.length;) {
      const count = Math.min(samples.length - at, this.#size - this.#filled);
      this.#chunk.set(samples.subarray(at, at + count), this.#filled);
      this.#filled += count;
      at += count;
      if (this.#filled === this.#size) this.#send();
    }
    if (this.#left === null) return;
    this.#left -= samples.length;
    if (this.#left <= 0) this.#drained();
  }

  #drained(): void {
    if (this.#filled > 0) this.#send();
    this.#open = false;
    this.#left = null;
    this.#post({ type: 'drained' });
  }

  #send(): void {
    const samples = this.#filled === this.#size ? this.#chunk : this.#chunk.slice(0, this.#filled);
    const chunk = { at: this.#sent, samples, missing: this.#missing };
    this.#sent += samples.length;
    this.#chunk = new Float32Array(this.#size);
    this.#filled = 0;
    this.#missing = 0;
    this.#kept.push(chunk);
    while (this.#sent - (this.#kept[0]?.at ?? this.#sent) > KEEP_SAMPLES) this.#kept.shift();
    if (!this.#held) this.#post({ type: 'frames', ...chunk });
  }

  /** The sample with which to go on behind so many packets. */
  #behind(packets: number): number {
    const part = this.#parts.findLast((one) => one.packets <= packets);
    if (part === undefined) return 0;
    const whole = packets - part.packets;
    return whole === 0 ? part.at : part.at + whole * CHUNK_SAMPLES - part.preSkip;
  }

  #forget(packets: number): void {
    const from = this.#behind(packets);
    for (let first = this.#kept[0]; first !== undefined && first.at + first.samples.length <= from; first = this.#kept[0]) this.#kept.shift();
  }

  #resend(packets: number): void {
    this.#forget(packets);
    const from = this.#behind(packets);
    this.#parts = [];
    for (const { at, samples, missing } of this.#kept.slice()) {
      const skip = Math.max(0, from - at);
      this.#post({ type: 'frames', at: at + skip, samples: samples.slice(skip), missing });
    }
  }
}
