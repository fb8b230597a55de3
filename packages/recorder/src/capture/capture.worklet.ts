import { CAPTURE_PROCESSOR } from './capture-messages.ts';
import type { ToCapture } from './capture-messages.ts';
import { FrameGate } from './frame-gate.ts';

/** The world of a worklet, as far as it is used here. */
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
declare const currentFrame: number;

/** Hands captured samples to the worker. Each message from the page brings a port to a worker, in place of the one before. */
class CaptureProcessor extends AudioWorkletProcessor {
  #worker: MessagePort | null = null;
  readonly #gate = new FrameGate((message) => this.#worker?.postMessage(message));

  constructor() {
    super();
    this.port.onmessage = (event: MessageEvent<{ worker: MessagePort }>) => {
      this.#worker?.close();
      this.#gate.hold();
      this.#worker = event.data.worker;
      this.#worker.onmessage = (message: MessageEvent<ToCapture>) => this.#gate.obey(message.data);
    };
  }

  /** Called by the audio thread for every quantum. An input without channels is a microphone that went away. */
  process([input]: readonly Float32Array[][]): boolean {
    this.#gate.push(input?.[0], currentFrame);
    return true;
  }
}

registerProcessor(CAPTURE_PROCESSOR, CaptureProcessor);
