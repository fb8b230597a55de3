import { FRAME_SAMPLES } from '@earshot/audio/opus-encoder.ts';
import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Edit } from '../journal/edit.ts';
import type { Splice } from '../journal/journal.ts';
import type { FinishedTake } from '../recorder.ts';
import type { WorkerEvent } from '../worker-messages.ts';
import { Arrivals } from './arrivals.ts';
import { DRAIN_SAMPLES, LONGEST_DRAIN } from './capture-messages.ts';
import type { FromCapture, ToCapture } from './capture-messages.ts';
import type { Room } from './room.ts';
import type { TakeWriter } from './take-writer.ts';
import { Watch } from './watch.ts';
import type { MicrophoneFacts } from './watch.ts';

/** Milliseconds. */
/** Looks at what happened are taken in the wake of packets; by the clock only where none come, at the latest after so long. */
const PULSE_LATEST = 200;
const ROOM_EVERY = 5_000;
/** How long a microphone that was opened may take to its first frame. */
const FIRST_FRAME = 3_000;
/** Capture answers as soon as it has heard what it is asked for; without sound it never does, so it is looked whether any comes. In
 *  several looks, because whoever got no processor for long finds a timer and frames waiting, and must read the frames first. */
const DRAIN_LOOK = 200;
const DRAIN_LOOKS = 3;
/** A quarter of an hour, in seconds: time to come to an end, or to free some room. */
const LOW_SECONDS = 900;
/** Packets: capture hears twice a second what it need not keep any more. */
const KEPT_EVERY = 25;
/** Packets, 100 ms: the page is told, and the sentinel asked, so often. Each wakes a thread up, and a page that draws needs no more. */
const PULSE_PACKETS = 5;
/** 150 ms: a power cut costs at most this, the flush itself and what is in the encoder; together under 300 ms. */
const FLUSH_SAMPLES = 7_200;
/** Milliseconds: a cue is short, and speech is not to be silenced. */
const LONGEST_HUSH = 1_000;

/** Frames come from here: the port to capture, or a test. */
export interface FramePort {
  send(message: ToCapture): void;
  /** Replaces the listener; null takes it away. */
  listen(listener: ((message: FromCapture) => void) | null): void;
  close(): void;
}

export interface Timers {
  every(milliseconds: number, tick: () => void): () => void;
  after(milliseconds: number, run: () => void): () => void;
  /** Milliseconds of a clock that never goes back. */
  now(): number;
}

/** How a microphone comes to the open take. */
export interface Connection extends MicrophoneFacts {
  /** What capture sent to a worker that is gone, and the journal does not have, is sent again. */
  readonly resend: boolean;
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
  readonly #room: Room;
  #watch = new Watch(null);
  #port: FramePort | null = null;
  #resend = false;
  #arrivals = new Arrivals();
  /** Messages of capture. */
  #messages = 0;
  /** Frames arrive and do not count yet. */
  #deaf = false;
  /** Samples to go that count as silence. */
  #hushed = 0;
  /** By how much the count of samples here is ahead of that of capture; null until its first frames are here. */
  #ahead: number | null = null;
  /** The part that capture was told of, and the packets. */
  #partTold = -1;
  #keptTold = -1;
  #broken = false;
  #lowTold = false;
  #flushed = 0;
  #pulsed = 0;
  #stopTimers: (() => void)[] = [];
  #unflushed = 0;
  #heard: (() => void) | null = null;
  #drained: (() => void) | null = null;
  #safeTold = -1;

  constructor(take: Id, writer: TakeWriter, { timers, room }: { readonly timers: Timers; readonly room: Room }, tell: (event: WorkerEvent) => void) {
    this.take = take;
    this.writer = writer;
    this.#timers = timers;
    this.#room = room;
    this.#tell = tell;
    writer.onWritten = () => {
      if (this.#stopTimers.length > 0 && writer.untold >= PULSE_PACKETS) this.#pulse();
    };
  }

  connect(port: FramePort, { resend, ...facts }: Connection): void {
    this.#disconnect();
    this.#port = port;
    this.#resend = resend;
    this.#ahead = null;
    this.#partTold = -1;
    port.listen((message) => this.#receive(message));
    this.#meet(facts);
    // In mid-take the new one takes over at once.
    if (this.#stopTimers.length > 0) this.#openPort(port);
  }

  /** The microphone behind the same port was replaced. */
  splice(facts: MicrophoneFacts, splice: Omit<Splice, 'packet'>): void {
    this.writer.splice(splice);
    this.#meet(facts);
  }

  /** What the old encoder still held is told before this resolves: packets told later lie behind the edit. */
  async edit(edit: Edit): Promise<void> {
    this.writer.edit(edit);
    await this.writer.settle();
    this.#report();
  }

  /**
   * Resolves with the first frame; throws `mic.no-frames` where none comes, and `mic.ended` without a port. `deaf`: frames count only
   * from `count` on.
   */
  async listen({ deaf }: { readonly deaf: boolean } = { deaf: false }): Promise<void> {
    if (this.#port === null) throw new Failure('mic.ended');
    this.#deaf = deaf;
    this.#hushed = 0;
    await this.#requireRoom();
    this.#watch.reset();
    this.#arrivals = new Arrivals();
    this.#startTimers();
    const heard = new Promise<boolean>((resolve) => {
      const giveUp = this.#timers.after(FIRST_FRAME, () => resolve(false));
      this.#heard = () => {
        giveUp();
        resolve(true);
      };
    });
    this.#openPort(this.#port);
    const came = await heard;
    this.#heard = null;
    if (came) return;
    this.#halt();
    throw new Failure('mic.no-frames', { milliseconds: FIRST_FRAME });
  }

  count(): void {
    this.#deaf = false;
  }

  /** What is captured in the next milliseconds counts as silence. */
  hush(milliseconds: number): void {
    this.#hushed = Math.ceil(Math.min(LONGEST_HUSH, milliseconds) * 48);
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

  #openPort(port: FramePort): void {
    port.send({ type: 'open', resend: this.#resend ? this.writer.packets : null });
    this.#resend = false;
  }

  #meet(facts: MicrophoneFacts): void {
    this.#watch = new Watch(facts);
    this.#arrivals = new Arrivals();
    this.writer.changeMicrophone(facts.microphone);
  }

  #receive(message: FromCapture): void {
    this.#messages += 1;
    if (message.type === 'drained') return this.#drained?.();
    this.#arrivals.push(message.samples.length + message.missing, this.#timers.now());
    if (this.#broken) return;
    try {
      this.#take(message.at, message.samples, message.missing);
    } catch (error) {
      // An encoder that broke stays broken. Capture has kept what it did not turn into packets, for the one that comes after it.
      this.#broken = true;
      this.#halt();
      this.#tell({ type: 'fault', code: 'recorder.pipeline', evidence: { stage: 'encoder', reason: error instanceof Error ? error.message : 'unknown' } });
    }
  }

  #take(at: number, samples: Float32Array, missing: number): void {
    this.#heard?.();
    if (this.#deaf) return;
    const here = this.writer.counts.samples;
    this.#ahead ??= here - at;
    // What capture could not keep long enough is missing too.
    const skipped = Math.max(0, at + this.#ahead - here);
    this.#ahead -= skipped;
    this.#watch.push(samples, missing + skipped);
    this.writer.push(this.#hush(samples), missing + skipped);
    this.#tellCapture();
    this.#unflushed += samples.length;
    if (this.#unflushed >= FLUSH_SAMPLES) this.#flush();
  }

  #hush(samples: Float32Array): Float32Array {
    if (this.#hushed <= 0) return samples;
    this.#hushed -= samples.length;
    return new Float32Array(samples.length);
  }

  /** What need not be kept any more. A new part is told at once: where it begins cannot be found out later. */
  #tellCapture(): void {
    const { begun, packets } = this.writer;
    if (this.#port === null || this.#ahead === null) return;
    if (begun !== null && begun.packets !== this.#partTold) {
      this.#partTold = begun.packets;
      this.#port.send({ type: 'part', at: begun.samples - this.#ahead, packets: begun.packets, preSkip: begun.preSkip });
    }
    if (packets - this.#keptTold < KEPT_EVERY) return;
    this.#keptTold = packets;
    this.#port.send({ type: 'kept', packets });
  }

  /** Asks for what was captured until now and is still under way, and for the last syllable behind it. */
  #drainPort(): Promise<void> {
    const port = this.#port;
    if (port === null || this.#stopTimers.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      let [looks, seen] = [0, this.#messages];
      const done = (): void => {
        stop();
        resolve();
      };
      const stop = this.#timers.every(DRAIN_LOOK, () => {
        looks = this.#messages === seen ? looks + 1 : 0;
        seen = this.#messages;
        if (looks === DRAIN_LOOKS) done();
      });
      this.#drained = done;
      port.send({ type: 'drain', samples: Math.min(LONGEST_DRAIN, DRAIN_SAMPLES + this.#arrivals.behind(this.#timers.now())) });
    });
  }

  #startTimers(): void {
    this.#halt();
    this.#stopTimers = [
      this.#timers.every(PULSE_LATEST, () => {
        if (this.#timers.now() - this.#pulsed >= PULSE_LATEST) this.#pulse();
      }),
      this.#timers.every(ROOM_EVERY, () => void this.#measureRoom()),
    ];
  }

  #halt(): void {
    for (const stop of this.#stopTimers) stop();
    this.#stopTimers = [];
    this.#drained = null;
  }

  #pulse(): void {
    this.#pulsed = this.#timers.now();
    this.#report();
    this.#look();
  }

  #look(): void {
    if (this.#unflushed > 0 && this.#timers.now() - this.#flushed > FLUSH_SAMPLES / 48) this.#flush();
    // Before the first frame, `listen` judges.
    if (this.#heard !== null && this.writer.counts.samples === 0) return;
    for (const { over, code, evidence } of this.#watch.look(this.writer.counts, this.#timers.now())) {
      this.#tell(over ? { type: 'cleared', code } : { type: 'fault', code, evidence });
    }
  }

  async #requireRoom(): Promise<void> {
    const left = await this.#room.secondsLeft();
    if (left !== null && left <= 0) throw new Failure('recorder.storage', { operation: 'estimate', reason: 'no room', secondsLeft: 0 });
    this.#warnOfRoom(left);
  }

  async #measureRoom(): Promise<void> {
    const left = await this.#room.secondsLeft();
    if (left !== null && left <= 0 && this.#stopTimers.length > 0) {
      this.#tell({ type: 'fault', code: 'recorder.storage', evidence: { operation: 'estimate', reason: 'no room', secondsLeft: 0 } });
    }
    this.#warnOfRoom(left);
  }

  /** Said once until there is room again. */
  #warnOfRoom(left: number | null): void {
    const low = left !== null && left < LOW_SECONDS;
    if (low && !this.#lowTold) this.#tell({ type: 'fault', code: 'recorder.storage-low', evidence: { secondsLeft: Math.max(0, Math.floor(left)) } });
    if (!low && this.#lowTold) this.#tell({ type: 'cleared', code: 'recorder.storage-low' });
    this.#lowTold = low;
  }

  #flush(): void {
    this.#unflushed = 0;
    this.#flushed = this.#timers.now();
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
