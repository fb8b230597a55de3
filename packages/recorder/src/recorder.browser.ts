import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { FailureCode } from '@earshot/protocol/failures.ts';
import { AudioGraph } from './graph.browser.ts';
import { Input } from './input.browser.ts';
import type { TakeHeader, TakeRecord, TakeState } from './journal/journal.ts';
import { listMicrophones, microphonePermission, requireRecording } from './microphone.browser.ts';
import { IDLE, nextState } from './recorder-state.ts';
import type { RecorderState, RecorderStep } from './recorder-state.ts';
import type { Draft, FinishedTake, Microphone, Recorder, RecorderHappening, StartOptions } from './recorder.ts';
import { lockTake, lockedTakes } from './take-lock.browser.ts';
import type { WorkerEvent } from './worker-messages.ts';
import { WorkerLink } from './worker-link.browser.ts';

export interface RecorderOptions {
  /** Bundles of `recorder.worker.ts` and `capture/capture.worklet.ts`, both as ES modules of this origin. */
  readonly workerUrl: string;
  readonly workletUrl: string;
  /** The two files of libopus (`OPUS_WASM_FILES` of the audio room), fetched by the worker. */
  readonly wasmUrls: { readonly simd: string; readonly plain: string };
  /** Name of the folder or database of the journal. */
  readonly folder?: string;
  /** For tests: only this disk. */
  readonly journal?: 'opfs' | 'indexeddb';
}

/** Faults behind which no sound can come: the take pauses. */
const PAUSING: ReadonlySet<FailureCode> = new Set(['mic.ended', 'mic.muted', 'mic.no-frames', 'recorder.storage', 'recorder.pipeline']);

/** Milliseconds that a paused take keeps its microphone, so that going on is instant. Longer, the lamp of the device would worry people. */
const KEEP_MICROPHONE = 180_000;

/** Warms up worker, codec and disk; does not touch the microphone. Throws `mic.insecure`, `mic.unsupported`, `recorder.*`. */
export async function openRecorder(options: RecorderOptions): Promise<Recorder> {
  requireRecording();
  const opening: { recorder: BrowserRecorder | null } = { recorder: null };
  const { workerUrl, workletUrl, wasmUrls, folder = 'earshot-journal', journal: only } = options;
  const wasm = { simd: new URL(wasmUrls.simd, location.href).href, plain: new URL(wasmUrls.plain, location.href).href };
  const link = new WorkerLink(workerUrl, { wasm, folder, ...(only && { only }) }, (event) => opening.recorder?.hear(event));
  try {
    const [{ journal }, graph] = await Promise.all([
      link.opened(),
      AudioGraph.open(workletUrl, (state) => opening.recorder?.interrupted(state)),
    ]);
    opening.recorder = new BrowserRecorder(link, graph, journal);
    return opening.recorder;
  } catch (error) {
    link.close();
    throw error;
  }
}

class BrowserRecorder implements Recorder {
  readonly journal: 'opfs' | 'indexeddb';
  readonly #link: WorkerLink;
  readonly #input: Input;
  readonly #listeners = new Set<(happening: RecorderHappening) => void>();
  readonly #plugged = (): void => this.#say({ type: 'microphones' });
  #state: RecorderState = IDLE;
  #unlock: (() => void) | null = null;
  #release: ReturnType<typeof setTimeout> | undefined;
  /** What is being done to the open take; pauses and stops wait for one another. */
  #draining: Promise<void> = Promise.resolve();
  #opening: Promise<void> = Promise.resolve();
  #header: TakeHeader | null = null;
  /** Which worker has the take open. */
  #worker = 0;

  constructor(link: WorkerLink, graph: AudioGraph, journal: 'opfs' | 'indexeddb') {
    this.journal = journal;
    this.#link = link;
    this.#input = new Input(graph, link, {
      fault: (code) => this.#fault(code, {}),
      named: (label) => this.#say({ type: 'microphone', label }),
    });
    navigator.mediaDevices.addEventListener('devicechange', this.#plugged);
  }

  get state(): RecorderState {
    return this.#state;
  }

  get microphone(): string | null {
    return this.#input.label;
  }

  on(listener: (happening: RecorderHappening) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(options: StartOptions): Promise<void> {
    const { at } = this.#state;
    if (at !== 'idle' && at !== 'finished') throw new Error(`assertion: start while ${at}`);
    return this.#opens(() => this.#start(options));
  }

  pause(): Promise<void> {
    return this.#pause(null);
  }

  resume({ microphone = this.#input.device }: { readonly microphone?: string | undefined } = {}): Promise<void> {
    if (this.#state.at !== 'paused') throw new Error(`assertion: resume while ${this.#state.at}`);
    return this.#opens(() => this.#resume(microphone));
  }

  async stop(): Promise<FinishedTake> {
    await this.#opening;
    const { at } = this.#state;
    if (at !== 'recording' && at !== 'pausing' && at !== 'paused') throw new Error(`assertion: stop while ${at}`);
    clearTimeout(this.#release);
    this.#step({ type: 'stop' });
    try {
      await this.#draining;
      await this.#reopen();
      const finished = await this.#link.call('finish');
      await this.#input.close();
      this.#letGo();
      this.#step({ type: 'finished' });
      return finished;
    } catch (error) {
      await this.#input.close();
      this.#step({ type: 'refused', why: codeOf(error) });
      throw error;
    }
  }

  permission(): Promise<'granted' | 'denied' | 'prompt' | 'unknown'> {
    return microphonePermission();
  }

  microphones(): Promise<Microphone[]> {
    return listMicrophones();
  }

  async drafts(): Promise<Draft[]> {
    const [takes, locked] = await Promise.all([this.#link.call('list'), lockedTakes()]);
    const own = 'take' in this.#state && this.#unlock !== null ? this.#state.take : null;
    const spoken = takes.filter((take) => take.packets > 0);
    return spoken.map((take) => Object.assign(take, { open: locked.has(take.take) || take.take === own }));
  }

  readTake(take: Id): Promise<TakeRecord> {
    return this.#link.call('read', { take });
  }

  discard(take: Id): Promise<void> {
    return this.#decide(take, 'discarded');
  }

  undiscard(take: Id): Promise<void> {
    return this.#decide(take, 'open');
  }

  markSent(take: Id): Promise<void> {
    return this.#decide(take, 'sent');
  }

  forget(take: Id): Promise<void> {
    return this.#alone(take, () => this.#link.call('remove', { take }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#release);
    navigator.mediaDevices.removeEventListener('devicechange', this.#plugged);
    try {
      await this.#draining;
      await this.#link.call('leave');
    } finally {
      await this.#input.dispose();
      this.#letGo();
      this.#link.close();
    }
  }

  /** What the worker tells. */
  hear(event: WorkerEvent): void {
    if (event.type === 'frames') this.#say(event);
    else this.#fault(event.code, event.evidence);
  }

  /** The system stopped the audio: a call, another app. */
  interrupted(state: string): void {
    this.#fault('mic.ended', { context: state });
  }

  async #start({ take, conversation, microphone, resume = false }: StartOptions): Promise<void> {
    this.#step({ type: 'start', take, begun: false });
    try {
      this.#unlock = await lockTake(take);
      this.#header = { take, conversation, started: Date.now() };
      await together(this.#input.open(microphone), this.#begin(this.#header, resume));
      await this.#listen();
    } catch (error) {
      await this.#input.close();
      await this.#abandon();
      this.#step({ type: 'refused', why: codeOf(error) });
      throw error;
    }
  }

  /** After a start that failed: a take that was not begun is gone by this, a draft is as it was. */
  async #abandon(): Promise<void> {
    try {
      if (this.#unlock !== null) await this.#link.call('leave');
    } catch (error) {
      // What the start itself ran into is what its caller hears.
      this.#say({ type: 'fault', code: codeOf(error), evidence: { stage: 'leave' } });
    } finally {
      this.#letGo();
    }
  }

  async #resume(microphone: string | undefined): Promise<void> {
    clearTimeout(this.#release);
    this.#step({ type: 'resume' });
    try {
      await this.#reopen();
      await this.#input.open(microphone);
      await this.#listen();
    } catch (error) {
      await this.#input.close();
      this.#step({ type: 'refused', why: codeOf(error) });
      throw error;
    }
  }

  async #begin(header: TakeHeader, resume: boolean): Promise<void> {
    await this.#link.call('begin', { header, resume });
    this.#worker = this.#link.generation;
  }

  /** After the worker died: the take goes on in its successor, from what is in the journal. */
  async #reopen(): Promise<void> {
    if (this.#header === null || this.#worker === this.#link.generation) return;
    await this.#begin(this.#header, true);
  }

  async #listen(): Promise<void> {
    await this.#input.attach();
    this.#step({ type: 'granted' });
    await this.#link.call('listen');
    this.#step({ type: 'sound' });
  }

  /** Whoever stops or discards meanwhile waits until it is clear whether there is sound. */
  #opens(work: () => Promise<void>): Promise<void> {
    const done = work();
    this.#opening = done.catch(() => undefined);
    return done;
  }

  #pause(why: FailureCode | null): Promise<void> {
    if (this.#state.at !== 'recording') return this.#draining;
    this.#step({ type: 'pause', why });
    const drained = this.#drain(why);
    // Whoever waits for it hears of a failure; the state tells it to everybody else.
    this.#draining = drained.catch(() => undefined);
    return drained;
  }

  async #drain(why: FailureCode | null): Promise<void> {
    try {
      await this.#link.call('drain');
    } finally {
      if (why === null) this.#release = setTimeout(() => void this.#input.close(), KEEP_MICROPHONE);
      else await this.#input.close();
      this.#step({ type: 'drained' });
    }
  }

  #fault(code: FailureCode, evidence: Failure['evidence']): void {
    this.#say({ type: 'fault', code, evidence });
    // The fault was said; what the pause itself runs into shows in the state and in the next call.
    if (PAUSING.has(code)) this.#pause(code).catch(() => undefined);
  }

  async #decide(take: Id, state: TakeState): Promise<void> {
    await this.#opening;
    const { at } = this.#state;
    const own = 'take' in this.#state && this.#state.take === take;
    if (own && (at === 'recording' || at === 'pausing' || at === 'paused')) await this.stop();
    await this.#alone(take, () => this.#link.call('decide', { take, state, at: Date.now() }));
  }

  async #alone(take: Id, work: () => Promise<void>): Promise<void> {
    const unlock = await lockTake(take);
    try {
      await work();
    } finally {
      unlock();
    }
  }

  #letGo(): void {
    this.#unlock?.();
    this.#unlock = null;
  }

  #step(step: RecorderStep): void {
    const next = nextState(this.#state, step);
    if (next === this.#state) return;
    this.#state = next;
    this.#say({ type: 'state', state: next });
  }

  #say(happening: RecorderHappening): void {
    for (const listener of this.#listeners) listener(happening);
  }
}

/** Both, or the first one's failure, or the second's; never before both have ended, so that nothing is left open behind a failure. */
async function together(one: Promise<unknown>, other: Promise<unknown>): Promise<void> {
  const results = await Promise.allSettled([one, other]);
  for (const result of results) if (result.status === 'rejected') throw result.reason as Error;
}

function codeOf(error: unknown): FailureCode {
  return error instanceof Failure ? error.code : 'recorder.pipeline';
}
