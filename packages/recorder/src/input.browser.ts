import type { FailureCode } from '@earshot/protocol/failures.ts';
import { watchTrack } from './graph.browser.ts';
import type { AudioGraph } from './graph.browser.ts';
import { openMicrophone } from './microphone.browser.ts';
import type { WorkerLink } from './worker-link.browser.ts';

interface OpenInput {
  readonly label: string;
  /** Device id that was asked for; undefined for the system's choice. */
  readonly device: string | undefined;
  readonly close: () => void;
}

interface Signals {
  fault(code: FailureCode): void;
  named(label: string): void;
}

/** The microphone in use and its way to the worker. Opened and closed any number of times. */
export class Input {
  readonly #graph: AudioGraph;
  readonly #link: WorkerLink;
  readonly #signals: Signals;
  #port: MessagePort | null = null;
  #open: OpenInput | null = null;
  #device: string | undefined;

  constructor(graph: AudioGraph, link: WorkerLink, signals: Signals) {
    this.#graph = graph;
    this.#link = link;
    this.#signals = signals;
  }

  get label(): string | null {
    return this.#open?.label ?? null;
  }

  /** Device id that was chosen last. */
  get device(): string | undefined {
    return this.#device;
  }

  /** Asks for the microphone, unless it is open already. Throws `mic.*`. */
  async open(device: string | undefined): Promise<void> {
    if (this.#open !== null && this.#open.device === device) return;
    await this.close();
    this.#device = device;
    const stream = await openMicrophone(device);
    const stop = (): void => stream.getTracks().forEach((track) => track.stop());
    try {
      await this.#connect(stream, device, stop);
    } catch (error) {
      stop();
      throw error;
    }
  }

  /** Gives the port of a newly opened microphone to the open take. */
  async attach(): Promise<void> {
    const port = this.#port;
    if (port === null) return;
    this.#port = null;
    await this.#link.call('connect', { port, microphone: this.label ?? '' }, [port]);
  }

  /** Lets go of the microphone, so that its lamp goes out. */
  async close(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    this.#port?.close();
    this.#port = null;
    open?.close();
    if (open !== null) await this.#graph.rest();
  }

  async dispose(): Promise<void> {
    await this.close();
    await this.#graph.close();
  }

  async #connect(stream: MediaStream, device: string | undefined, stop: () => void): Promise<void> {
    const { port, disconnect } = await this.#graph.connect(stream, () => this.#signals.fault('recorder.pipeline'));
    const track = stream.getAudioTracks()[0];
    const unwatch = track === undefined ? () => undefined : watchTrack(track, (code) => this.#signals.fault(code));
    const close = (): void => {
      unwatch();
      disconnect();
      stop();
    };
    this.#port = port;
    this.#open = { label: track?.label ?? '', device, close };
    this.#signals.named(this.#open.label);
  }
}
