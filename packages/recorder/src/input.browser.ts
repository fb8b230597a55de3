import { Failure } from '@earshot/protocol/failures.ts';
import type { FailureCode } from '@earshot/protocol/failures.ts';
import { openMicrophone } from './microphone.browser.ts';
import type { CaptureLine, SoundSource } from './sound-source.ts';
import type { WorkerLink } from './worker-link.browser.ts';

interface OpenMicrophone {
  readonly track: MediaStreamTrack;
  readonly stream: MediaStream;
  /** Device id that was asked for; undefined for the system's choice. */
  readonly device: string | undefined;
  readonly close: () => void;
}

interface Signals {
  fault(code: FailureCode): void;
  /** What captures broke: no frames come any more. In a pause nothing is lost by that, and who goes on opens another. */
  broke(): void;
  named(label: string): void;
}

/** The microphone in use and its way to the worker. Opened, replaced and closed any number of times. */
export class Input {
  readonly #source: SoundSource;
  readonly #link: WorkerLink;
  readonly #signals: Signals;
  #open: OpenMicrophone | null = null;
  #line: CaptureLine | null = null;
  /** The worker that has the line's port; 0 for none. */
  #attached = 0;
  #device: string | undefined;

  constructor(source: SoundSource, link: WorkerLink, signals: Signals) {
    this.#source = source;
    this.#link = link;
    this.#signals = signals;
  }

  get label(): string | null {
    return this.#open === null ? null : this.#open.track.label;
  }

  /** Whether the system gives silence in its place. */
  get muted(): boolean {
    return this.#open?.track.muted === true;
  }

  /** Device id that was chosen last. */
  get device(): string | undefined {
    return this.#device;
  }

  /** The device id that the system gave. */
  get deviceInUse(): string | undefined {
    return this.#open?.track.getSettings().deviceId;
  }

  /** Which one to take next time, when none is open. */
  choose(device: string | undefined): void {
    this.#device = device;
  }

  /** Asks for the microphone, unless it is open already. Throws `mic.*`. */
  async open(device: string | undefined): Promise<void> {
    if (this.#open !== null && this.#open.device === device) return;
    await this.close();
    this.#device = device;
    const microphone = await this.#ask(device);
    try {
      this.#line = await this.#newLine();
      this.#use(microphone);
    } catch (error) {
      microphone.close();
      throw error;
    }
  }

  /**
   * Another microphone on the same line, in mid-take: the one with this id, or, with `else`, the system's choice where that one is
   * gone or muted. When none can be had it throws `mic.*`, and the one before stays.
   */
  async replace(device: string | undefined, { orAny }: { readonly orAny: boolean }): Promise<void> {
    if (this.#line === null) throw new Failure('mic.ended');
    let microphone: OpenMicrophone;
    try {
      microphone = await this.#askAudible(device);
    } catch (error) {
      if (!orAny || device === undefined || !(error instanceof Failure)) throw error;
      microphone = await this.#askAudible(undefined);
    }
    this.#use(microphone);
  }

  /** Another line in place of one that broke or hangs, from the same microphone; it waits for `attach`. */
  async renewLine(): Promise<void> {
    const [open, broken] = [this.#open, this.#line];
    if (open === null || broken === null) throw new Failure('mic.ended');
    this.#line = await this.#newLine();
    this.#attached = 0;
    this.#line.feed(open.stream);
    broken.close();
  }

  /** Gives the line to the worker that has the take open. `resend`: that worker goes on where another one died. */
  async attach(resend: boolean): Promise<void> {
    if (this.#line === null || this.#attached === this.#link.generation) return;
    const again = resend && this.#attached !== 0;
    const port = this.#line.port();
    this.#attached = this.#link.generation;
    await this.#link.call('connect', { port, resend: again, ...this.facts }, [port]);
  }

  get facts(): { readonly microphone: string; readonly rate: number | null } {
    return { microphone: this.label ?? '', rate: this.#open?.track.getSettings().sampleRate ?? null };
  }

  /** Lets go of the microphone, so that its lamp goes out. */
  async close(): Promise<void> {
    const [open, line] = [this.#open, this.#line];
    this.#open = null;
    this.#line = null;
    this.#attached = 0;
    line?.close();
    open?.close();
    if (line !== null) this.#source.rest();
  }

  async dispose(): Promise<void> {
    await this.close();
    await this.#source.close();
  }

  /** One that was replaced has nothing to say any more. */
  #newLine(): Promise<CaptureLine> {
    const line: Promise<CaptureLine> = this.#source.line(() => void line.then((broken) => broken === this.#line && this.#signals.broke()));
    return line;
  }

  async #askAudible(device: string | undefined): Promise<OpenMicrophone> {
    const microphone = await this.#ask(device);
    if (!microphone.track.muted) return microphone;
    microphone.close();
    throw new Failure('mic.muted', { microphone: microphone.track.label });
  }

  async #ask(device: string | undefined): Promise<OpenMicrophone> {
    const stream = await openMicrophone(device);
    const [track] = stream.getAudioTracks();
    if (track === undefined) throw new Failure('mic.none', { tracks: 0 });
    const ended = (): void => this.#signals.fault('mic.ended');
    const muted = (): void => this.#signals.fault('mic.muted');
    track.addEventListener('ended', ended);
    track.addEventListener('mute', muted);
    const close = (): void => {
      track.removeEventListener('ended', ended);
      track.removeEventListener('mute', muted);
      track.stop();
    };
    return { track, stream, device, close };
  }

  #use(microphone: OpenMicrophone): void {
    const before = this.#open;
    this.#line?.feed(microphone.stream);
    this.#open = microphone;
    before?.close();
    this.#signals.named(microphone.track.label);
  }
}
