import { Failure } from '@earshot/protocol/failures.ts';
import { CAPTURE_PROCESSOR, CHUNK_SAMPLES } from './capture/capture-messages.ts';
import type { CaptureLine, SoundSource, Tap } from './sound-source.ts';

const RATE = 48_000;
/** Seconds that are captured at once. The usual 10 ms wake the processor up twice as often; longer ones are lost in a crash. */
const BUFFER = 0.02;
/** For engines whose quantum can be chosen: below it, so that the buffer is one quantum, and that is one packet. */
const QUANTUM_BUFFER = 0.01;
/** Milliseconds that a context may take to run. */
const WAKE = 1_000;

type GraphWay = 'worklet' | 'script-processor';

/** From the stream to the worker. Owns the context; whoever makes a line owns it. */
export class AudioGraph implements SoundSource {
  readonly way: GraphWay;
  readonly #context: AudioContext;
  #wanted = false;

  private constructor(context: AudioContext, way: GraphWay, interrupted: (state: string) => void) {
    this.#context = context;
    this.way = way;
    context.onstatechange = () => {
      if (this.#wanted && context.state !== 'running') interrupted(context.state);
    };
  }

  /** Loads the worklet. Makes no sound and opens no microphone. `interrupted` is called when the system stops a context in use. */
  static async open(workletUrl: string, interrupted: (state: string) => void): Promise<AudioGraph> {
    const way = typeof AudioWorkletNode === 'undefined' || !('audioWorklet' in BaseAudioContext.prototype) ? 'script-processor' : 'worklet';
    const context = new AudioContext({ sampleRate: RATE, ...paceOf(way) });
    try {
      if (context.sampleRate !== RATE) throw new Failure('mic.unsupported', { rate: context.sampleRate });
      if (way === 'worklet') await context.audioWorklet.addModule(workletUrl);
      const graph = new AudioGraph(context, way, interrupted);
      graph.rest();
      return graph;
    } catch (error) {
      await context.close();
      if (error instanceof Failure) throw error;
      throw new Failure('recorder.pipeline', { stage: 'worklet', reason: String(error) }, { cause: error });
    }
  }

  /** A line without a microphone yet. `failed` is called when it breaks. */
  async line(failed: () => void): Promise<CaptureLine> {
    await this.wake();
    const tap = this.way === 'worklet' ? workletTap(this.#context, failed) : await slowerTap(this.#context);
    // It puts out silence; without a way to the speakers some engines would not run it.
    tap.node.connect(this.#context.destination);
    let source: MediaStreamAudioSourceNode | null = null;
    return {
      feed: (stream) => {
        source?.disconnect();
        source = this.#context.createMediaStreamSource(stream);
        source.connect(tap.node);
      },
      port: () => {
        const { port1, port2 } = new MessageChannel();
        tap.give(port1);
        return port2;
      },
      close: () => {
        source?.disconnect();
        tap.close();
        tap.node.disconnect();
      },
    };
  }

  /** Resolves to whether the context runs. `resume` may stay open for ever where the page was never touched, so it is not waited for long. */
  async wake(): Promise<boolean> {
    // One that was just told to rest may still say that it runs.
    if (!this.#wanted || this.#context.state !== 'running') {
      const resumed = this.#context.resume().catch(() => undefined);
      await Promise.race([resumed, new Promise((resolve) => setTimeout(resolve, WAKE))]);
    }
    this.#wanted = true;
    return this.#context.state === 'running';
  }

  /** Costs nothing from now on. Not waited for: engines without a sound device may never answer. */
  rest(): void {
    this.#wanted = false;
    this.#context.suspend().catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#wanted = false;
    await this.#context.close();
  }
}

/**
 * How much is captured at once. Where the quantum can be chosen it is a packet long: the worklet is called 50 times a second and not
 * 375 times, and nothing waits in it for the rest of a packet.
 */
function paceOf(way: GraphWay): AudioContextOptions & { readonly renderSizeHint?: number } {
  if (way === 'script-processor' || !('renderQuantumSize' in BaseAudioContext.prototype)) return { latencyHint: BUFFER };
  return { latencyHint: QUANTUM_BUFFER, renderSizeHint: CHUNK_SAMPLES };
}

function workletTap(context: AudioContext, failed: () => void): Tap {
  const node = new AudioWorkletNode(context, CAPTURE_PROCESSOR, { channelCount: 1, channelCountMode: 'explicit', numberOfOutputs: 1 });
  node.onprocessorerror = failed;
  return {
    node,
    give: (port) => node.port.postMessage({ worker: port }, [port]),
    close: () => (node.onprocessorerror = null),
  };
}

/** Loaded where it is needed, which it hardly ever is. */
async function slowerTap(context: AudioContext): Promise<Tap> {
  const { scriptTap } = await import('./script-tap.browser.ts');
  return scriptTap(context);
}
