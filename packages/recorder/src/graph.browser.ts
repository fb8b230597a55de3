import { Failure } from '@earshot/protocol/failures.ts';
import type { FailureCode } from '@earshot/protocol/failures.ts';
import { CAPTURE_PROCESSOR } from './capture/capture-messages.ts';

const RATE = 48_000;
/** Seconds that are captured at once. The usual 10 ms wake the processor up twice as often; longer ones are lost in a crash. */
const BUFFER = 0.02;

/** From the stream to the worklet. Owns the context; whoever connects a stream owns the connection. */
export class AudioGraph {
  readonly #context: AudioContext;
  readonly #interrupted: (state: string) => void;
  #wanted = false;

  private constructor(context: AudioContext, interrupted: (state: string) => void) {
    this.#context = context;
    this.#interrupted = interrupted;
    context.onstatechange = () => {
      if (this.#wanted && context.state !== 'running') this.#interrupted(context.state);
    };
  }

  /** Loads the worklet. Makes no sound and opens no microphone. `interrupted` is called when the system stops a context in use. */
  static async open(workletUrl: string, interrupted: (state: string) => void): Promise<AudioGraph> {
    const context = new AudioContext({ sampleRate: RATE, latencyHint: BUFFER });
    try {
      await context.audioWorklet.addModule(workletUrl);
      if (context.sampleRate !== RATE) throw new Failure('mic.unsupported', { rate: context.sampleRate });
      return new AudioGraph(context, interrupted);
    } catch (error) {
      await context.close();
      if (error instanceof Failure) throw error;
      throw new Failure('recorder.pipeline', { stage: 'worklet', reason: String(error) }, { cause: error });
    }
  }

  /** Lets the stream's frames run to the returned port, until `disconnect`. */
  async connect(stream: MediaStream, failed: () => void): Promise<{ port: MessagePort; disconnect: () => void }> {
    await this.#run();
    const source = this.#context.createMediaStreamSource(stream);
    const node = new AudioWorkletNode(this.#context, CAPTURE_PROCESSOR, { channelCount: 1, channelCountMode: 'explicit', numberOfOutputs: 1 });
    node.onprocessorerror = failed;
    const { port1, port2 } = new MessageChannel();
    node.port.postMessage({ worker: port1 }, [port1]);
    // The node puts out silence; without a way to the speakers some engines would not run it.
    source.connect(node).connect(this.#context.destination);
    return {
      port: port2,
      disconnect: () => {
        node.onprocessorerror = null;
        source.disconnect();
        node.disconnect();
      },
    };
  }

  /** Costs nothing from now on. */
  async rest(): Promise<void> {
    this.#wanted = false;
    if (this.#context.state === 'running') await this.#context.suspend();
  }

  async close(): Promise<void> {
    this.#wanted = false;
    await this.#context.close();
  }

  async #run(): Promise<void> {
    // `resume` may stay open for ever where the page was never touched: the first frame is what counts, and it is waited for.
    const running = this.#context.resume();
    await Promise.race([running, new Promise((resolve) => setTimeout(resolve, 1_000))]);
    this.#wanted = true;
  }
}

/** Ends of a track that the person must hear of. Returns the end of watching. */
export function watchTrack(track: MediaStreamTrack, fault: (code: FailureCode) => void): () => void {
  const ended = (): void => fault('mic.ended');
  const muted = (): void => fault('mic.muted');
  track.addEventListener('ended', ended);
  track.addEventListener('mute', muted);
  return () => {
    track.removeEventListener('ended', ended);
    track.removeEventListener('mute', muted);
  };
}
