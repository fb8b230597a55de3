import { FRAME_SAMPLES } from '@earshot/audio/opus-encoder.ts';
import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { FinishedTake } from '../recorder.ts';
import type { WorkerEvent } from '../worker-messages.ts';
import { DRAIN_SAMPLES } from './capture-messages.ts';
import type { FromWorklet, ToWorklet } from './capture-messages.ts';
import type { TakeWriter } from './take-writer.ts';
import { Watch } from './watch.ts';

/** Milliseconds. */
export const REPORT_EVERY = 50;
const LOOK_EVERY = 250;
/** How long a microphone that was opened may take to its first frame. */
const FIRST_FRAME = 3_000;
/** The worklet answers as soon as it has heard DRAIN_SAMPLES more; without sound it never does. */
const DRAIN_PATIENCE = 600;
/** 250 ms: a power cut costs at most this, the flush itself and what is in the encoder. */
const FLUSH_SAMPLES = 12_000;

/** Frames come from here: the port to the worklet, or a test. */
export interface FramePort {
  send(message: ToWorklet): void;
  /** Replaces the listener; null takes it away. */
  listen(listener: ((message: FromWorklet) => void) | null): void;
  close(): void;
}

export interface Timers {
  every(milliseconds: number, tick: () => void): () => void;
  after(milliseconds: number, run: () => void): () => void;
}

/**
 * The open take in the worker: takes frames from the port, has them written, watches them and reports.
 * Frames are taken in between `listen` and the end of `drain`, whatever the page does meanwhile.
 */
export class TakeSession {
  readonly take: Id;
  readonly writer: TakeWriter;
  readonly #tell: (event: WorkerEvent) => void;
  readonly #timers: Timers;
  readonly #watch = new Watch();
  #port: FramePort | null = null;
  #stopTimers: (() => void)[] = [];
  #unflushed = 0;
  #heard: (() => void) | null = null;
  #drained: (() => void) | null = null;
  #safeTold = -1;

  constructor(take: Id, writer: TakeWriter, timers: Timers, tell: (event: WorkerEvent) => void) {
    this.take = take;
    this.writer = writer;
    this.#timers = timers;
    this.#tell = tell;
  }

  connect(port: FramePort, microphone: string): void {
    this.#disconnect();
    this.#port = port;
    port.listen((message) => this.#receive(message));
    this.writer.changeMicrophone(microphone);
  }

  /** Resolves with the first frame; throws `mic.no-frames` where none comes, and `mic.ended` without a port. */
  async listen(): Promise<void> {
    if (this.#port === null) throw new Failure('mic.ended');
    this.#watch.reset();
    this.#startTimers();
    const heard = new Promise<boolean>((resolve) => {
      const giveUp = this.#timers.after(FIRST_FRAME, () => resolve(false));
      this.#heard = () => {
        giveUp();
        resolve(true);
      };
    });
    this.#port.send({ type: 'open' });
    const came = await heard;
    this.#heard = null;
    if (came) return;
    this.#halt();
    throw new Failure('mic.no-frames', { milliseconds: FIRST_FRAME });
  }

  /** Takes in what is on its way. Throws `recorder.storage` when it cannot be kept; it is in memory still, and `drain` can be repeated. */
  async drain(): Promise<void> {
    await this.#drainPort();
    this.#halt();
    await this.writer.settle();
    this.#report();
  }

  async finish(): Promise<FinishedTake> {
    await this.#drainPort();
    this.#halt();
    const finished = await this.writer.finish();
    this.#report();
    return finished;
  }

  async close(): Promise<void> {
    this.#halt();
    this.#disconnect();
    await this.writer.close();
  }

  #receive(message: FromWorklet): void {
    if (message.type === 'drained') return this.#drained?.();
    this.#watch.push(message.samples);
    this.writer.push(message.samples, message.missing);
    this.#unflushed += message.samples.length;
    if (this.#unflushed >= FLUSH_SAMPLES) this.#flush();
    this.#heard?.();
  }

  #drainPort(): Promise<void> {
    const port = this.#port;
    if (port === null || this.#stopTimers.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const giveUp = this.#timers.after(DRAIN_PATIENCE, resolve);
      this.#drained = () => {
        giveUp();
        resolve();
      };
      port.send({ type: 'drain', samples: DRAIN_SAMPLES });
    });
  }

  #startTimers(): void {
    this.#halt();
    this.#stopTimers = [this.#timers.every(REPORT_EVERY, () => this.#report()), this.#timers.every(LOOK_EVERY, () => this.#look())];
  }

  #halt(): void {
    for (const stop of this.#stopTimers) stop();
    this.#stopTimers = [];
    this.#drained = null;
  }

  #look(): void {
    if (this.#unflushed > 0) this.#flush();
    // Before the first frame, `listen` judges.
    if (this.#heard !== null && this.writer.counts.samples === 0) return;
    for (const { code, evidence } of this.#watch.look(this.writer.counts)) this.#tell({ type: 'fault', code, evidence });
  }

  #flush(): void {
    this.#unflushed = 0;
    this.writer.flush();
  }

  #report(): void {
    const runs = this.writer.takeProgress();
    const { safe } = this.writer;
    if (runs.length === 0 && safe === this.#safeTold) return;
    this.#safeTold = safe;
    let total = this.writer.packets - runs.reduce((sum, run) => sum + run.packets.length, 0);
    for (const { part, packets, peaks } of runs.length > 0 ? runs : [{ part: false, packets: [], peaks: [] }]) {
      total += packets.length;
      const seconds = (total * FRAME_SAMPLES) / 48_000;
      this.#tell({ type: 'frames', take: this.take, packets, peaks: Uint8Array.from(peaks), part, total, safe: Math.min(safe, total), seconds });
    }
  }

  #disconnect(): void {
    if (this.#port === null) return;
    this.#port.listen(null);
    this.#port.close();
    this.#port = null;
  }
}
