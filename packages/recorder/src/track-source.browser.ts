import { Failure } from '@earshot/protocol/failures.ts';
import { CAPTURER } from './capture/capture-messages.ts';
import type { ToCapturer } from './capture/capture-messages.ts';
import type { CaptureLine, SoundSource } from './sound-source.ts';
import { newWorker } from './worker-link.browser.ts';

/** Pieces of 10 ms that the browser's queue holds while nobody reads: a worker that gets no processor for long loses nothing. */
const QUEUE = 500;
/** Milliseconds after which the worker for the next line is started: the one that begins to record should have the processor. */
const READY_AFTER = 500;

/** Not in the types of the platform: in pages, only Chromium has it. */
declare const MediaStreamTrackProcessor: new (init: { readonly track: MediaStreamTrack; readonly maxBufferSize: number }) => {
  readonly readable: ReadableStream<AudioData>;
};

/**
 * Sound out of the track itself, read in a worker: no audio graph runs, nothing is sent to the loudspeaker, and no second clock is
 * between the microphone and the recording.
 */
export class TrackSource implements SoundSource {
  readonly way = 'track';
  readonly #url: string;
  /** Started beforehand for the next line, if it could be, so that another can take over in mid-take: one that broke, or hangs, is never used again. */
  #next: Worker | null;
  #readying: ReturnType<typeof setTimeout> | undefined;

  /** `url`: the script of the recorder's worker. */
  constructor(url: string) {
    this.#url = url;
    this.#next = this.#started();
  }

  async line(failed: () => void): Promise<CaptureLine> {
    const capturer = this.#next ?? newWorker(this.#url, CAPTURER);
    this.#next = null;
    clearTimeout(this.#readying);
    this.#readying = setTimeout(() => (this.#next ??= this.#started()), READY_AFTER);
    capturer.onerror = failed;
    const tell = (message: ToCapturer, transfer: Transferable[]): void => capturer.postMessage(message, transfer);
    return {
      feed: (stream) => {
        const [track] = stream.getAudioTracks();
        if (track === undefined) throw new Failure('mic.none', { tracks: 0 });
        const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: QUEUE });
        tell({ sound: readable }, [readable]);
      },
      port: () => {
        const { port1, port2 } = new MessageChannel();
        tell({ worker: port1 }, [port1]);
        return port2;
      },
      close: () => {
        capturer.onerror = null;
        capturer.terminate();
      },
    };
  }

  async wake(): Promise<boolean> {
    return true;
  }

  /** Without a line nothing is read. */
  rest(): void {}

  async close(): Promise<void> {
    clearTimeout(this.#readying);
    this.#next?.terminate();
  }

  /** Why there is none is said to whoever needs it. */
  #started(): Worker | null {
    try {
      return newWorker(this.#url, CAPTURER);
    } catch {
      return null;
    }
  }
}
