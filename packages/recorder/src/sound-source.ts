/**
 * How sound is captured: from the microphone's track itself, beside the page and without a sound system of its own; from an audio
 * graph, in its worklet; or, where there is neither, from an audio graph in the page.
 */
export type CaptureWay = 'track' | 'worklet' | 'script-processor';

/** The way from any number of microphones, one after the other, to the worker. */
export interface CaptureLine {
  /** Frames come from this stream from now on, and no more from the one before. */
  feed(stream: MediaStream): void;
  /** A new way to a worker, in place of the one before. What is captured waits for its `open`. */
  port(): MessagePort;
  close(): void;
}

/** What turns streams into frames. Whoever opens one owns it. */
export interface SoundSource {
  readonly way: CaptureWay;
  /** A line without a microphone yet. `failed` is called when it breaks. */
  line(failed: () => void): Promise<CaptureLine>;
  /** Resolves to whether frames can flow. */
  wake(): Promise<boolean>;
  /** Costs nothing from now on. */
  rest(): void;
  close(): Promise<void>;
}

/** The end of an audio graph, from which frames go to the worker. */
export interface Tap {
  readonly node: AudioNode;
  readonly give: (port: MessagePort) => void;
  readonly close: () => void;
}
