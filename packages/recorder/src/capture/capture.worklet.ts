import { CAPTURE_PROCESSOR, CHUNK_SAMPLES } from './capture-messages.ts';
import type { FromWorklet, ToWorklet } from './capture-messages.ts';

/** The world of a worklet, as far as it is used here. */
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
declare const currentFrame: number;

/**
 * Hands captured samples to the worker, 10 ms at a time. Runs on the audio thread, so it does nothing else. Its first message from
 * the page brings the port to the worker.
 */
class CaptureProcessor extends AudioWorkletProcessor {
  #worker: MessagePort | null = null;
  #open = false;
  /** Samples to go until `drained`; null while nobody waits for it. */
  #left: number | null = null;
  #chunk = new Float32Array(CHUNK_SAMPLES);
  #filled = 0;
  /** Where the next quantum should begin; null before the first, because the clock jumps once behind it. */
  #expected: number | null = null;
  #missing = 0;
  #quanta = 0;

  constructor() {
    super();
    this.port.onmessage = (event: MessageEvent<{ worker: MessagePort }>) => {
      this.#worker?.close();
      this.#worker = event.data.worker;
      this.#worker.onmessage = (message: MessageEvent<ToWorklet>) => this.#obey(message.data);
    };
  }

  /** Called by the audio thread for every quantum. An input without channels is a microphone that went away. */
  process([input]: readonly Float32Array[][]): boolean {
    const samples = input?.[0];
    if (samples === undefined || !this.#open) {
      this.#expected = null;
      return true;
    }
    this.#count(samples.length);
    this.#take(samples);
    return true;
  }

  #obey(message: ToWorklet): void {
    switch (message.type) {
      case 'open':
        this.#open = true;
        this.#left = null;
        break;
      case 'drain':
        this.#left = message.samples;
        if (!this.#open) this.#drained();
        break;
    }
  }

  #count(length: number): void {
    this.#quanta += 1;
    if (this.#expected !== null && this.#quanta > 2) this.#missing += Math.max(0, currentFrame - this.#expected);
    this.#expected = currentFrame + length;
  }

  #take(samples: Float32Array): void {
    for (let at = 0; at < samples.length;) {
      const count = Math.min(samples.length - at, CHUNK_SAMPLES - this.#filled);
      this.#chunk.set(samples.subarray(at, at + count), this.#filled);
      this.#filled += count;
      at += count;
      if (this.#filled === CHUNK_SAMPLES) this.#send();
    }
    if (this.#left === null) return;
    this.#left -= samples.length;
    if (this.#left <= 0) this.#drained();
  }

  #drained(): void {
    if (this.#filled > 0) this.#send();
    this.#open = false;
    this.#left = null;
    this.#post({ type: 'drained' }, []);
  }

  #send(): void {
    const samples = this.#filled === CHUNK_SAMPLES ? this.#chunk : this.#chunk.slice(0, this.#filled);
    this.#chunk = new Float32Array(CHUNK_SAMPLES);
    this.#filled = 0;
    this.#post({ type: 'frames', samples, missing: this.#missing }, [samples.buffer]);
    this.#missing = 0;
  }

  #post(message: FromWorklet, transfer: Transferable[]): void {
    this.#worker?.postMessage(message, transfer);
  }
}

registerProcessor(CAPTURE_PROCESSOR, CaptureProcessor);
