import type { Id } from '@earshot/base/ids.ts';
import type { Failure, FailureCode } from '@earshot/protocol/failures.ts';
import { Healing } from './healing.browser.ts';
import type { Repaired } from './healing.browser.ts';
import { Input } from './input.browser.ts';
import { watchPage } from './interruptions.browser.ts';
import { editedTake } from './journal/edit.ts';
import type { Edit, EditedTake } from './journal/edit.ts';
import type { TakeHeader, TakeRecord, TakeState } from './journal/journal.ts';
import { listMicrophones, microphonePermission } from './microphone.browser.ts';
import { IDLE, nextState } from './recorder-state.ts';
import type { RecorderState, RecorderStep } from './recorder-state.ts';
import type { Draft, FinishedTake, Microphone, Recorder, RecorderHappening, ResumeOptions, StartOptions, Way } from './recorder.ts';
import { codeOf, together } from './outcomes.ts';
import { rested } from './resting.ts';
import type { SoundSource } from './sound-source.ts';
import type { TakeLocks } from './take-lock.browser.ts';
import type { WorkerEvent } from './worker-messages.ts';
import type { WorkerLink } from './worker-link.browser.ts';

/** Faults that another microphone ends. */
const MICROPHONE: ReadonlySet<FailureCode> = new Set(['mic.ended', 'mic.muted', 'mic.no-frames']);
/** Milliseconds between looks at the worker, and without a word from it until it counts as dead: two looks, so that a page that was
 *  blocked reads first what has been waiting for it. */
const WORKER_LOOK = 1_500;
/** Milliseconds that a paused take keeps its microphone, so that going on is instant. Longer, the lamp of the device would worry people. */
const KEEP_MICROPHONE = 180_000;

export interface LiveParts {
  readonly link: WorkerLink;
  readonly source: SoundSource;
  readonly locks: TakeLocks;
  readonly ways: readonly Way[];
  readonly journal: 'opfs' | 'indexeddb';
  readonly whenHidden: 'pause' | 'record';
}

/** The recorder of one page: its state, and what is done when anything happens to it. */
export class LiveRecorder implements Recorder {
  readonly journal: 'opfs' | 'indexeddb';
  readonly ways: readonly Way[];
  readonly #locks: TakeLocks;
  readonly #healing: Healing;
  readonly #unwatch: (() => void)[];
  readonly #link: WorkerLink;
  readonly #input: Input;
  readonly #listeners = new Set<(happening: RecorderHappening) => void>();
  #state: RecorderState = IDLE;
  #unlock: (() => void) | null = null;
  #release: ReturnType<typeof setTimeout> | undefined;
  /** What is being done to the open take; pauses and stops wait for one another. */
  #draining: Promise<void> = Promise.resolve();
  #opening: Promise<void> = Promise.resolve();
  #header: TakeHeader | null = null;
  /** Which worker has the take open. */
  #worker = 0;
  /** What is being repaired; a pause waits for it. */
  #repair: Promise<void> | null = null;
  /** Whether the worker has said something since the look before last. */
  #silent = 0;

  constructor({ link, source, locks, ways, journal, whenHidden }: LiveParts) {
    this.journal = journal;
    this.ways = ways;
    this.#link = link;
    this.#locks = locks;
    this.#input = new Input(source, link, {
      fault: (code) => this.#fault(code, {}),
      broke: () => (this.#state.at === 'paused' ? void this.#input.close() : this.#mend('recorder.pipeline', { stage: 'capture' }, () => this.#healing.line())),
      named: (label) => this.#say({ type: 'microphone', label }),
    });
    this.#healing = new Healing(this.#input, link, source);
    const plugged = (): void => void this.#plugged();
    navigator.mediaDevices.addEventListener('devicechange', plugged);
    const look = setInterval(() => this.#lookAtWorker(), WORKER_LOOK);
    const away = (code: FailureCode, how: string): void => {
      if (how !== 'hidden' || whenHidden === 'pause') this.#interrupt(code, { how });
      else this.#keep();
    };
    this.#unwatch = [
      watchPage({ away, leaving: () => this.#keep() }),
      () => navigator.mediaDevices.removeEventListener('devicechange', plugged),
      () => clearInterval(look),
    ];
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

  resume({ microphone = this.#input.device, cue }: ResumeOptions = {}): Promise<void> {
    if (this.#state.at !== 'paused') throw new Error(`assertion: resume while ${this.#state.at}`);
    return this.#opens(() => this.#resume(microphone, cue));
  }

  async hush(milliseconds: number): Promise<void> {
    if (this.#state.at === 'recording') await this.#link.call('hush', { milliseconds });
  }

  async useMicrophone(device: string | undefined): Promise<void> {
    await this.#opening;
    if (this.#state.at !== 'recording') {
      await this.#draining;
      await this.#input.close();
    } else {
      await this.#repair;
      await this.#healing.change(device);
    }
    this.#input.choose(device);
  }

  async stop(): Promise<FinishedTake> {
    await this.#opening;
    const { at } = this.#state;
    if (at !== 'recording' && at !== 'pausing' && at !== 'paused') throw new Error(`assertion: stop while ${at}`);
    clearTimeout(this.#release);
    await this.#repair;
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
    const [takes, locked] = await Promise.all([this.#link.call('list'), this.#locks.locked()]);
    const own = 'take' in this.#state && this.#unlock !== null ? this.#state.take : null;
    const spoken = takes.filter((take) => take.packets > 0);
    return spoken.map((take) => Object.assign(take, { open: locked.has(take.take) || take.take === own }));
  }

  async readTake(take: Id): Promise<EditedTake> {
    return editedTake(await this.readWhole(take));
  }

  readWhole(take: Id): Promise<TakeRecord> {
    return this.#link.call('read', { take });
  }

  async edit(take: Id, edit: Edit): Promise<void> {
    await this.#opening;
    if (!this.#has(take)) return this.#alone(take, () => this.#link.call('edit', { take, edit }));
    await this.pause();
    await this.#reopen();
    await this.#link.call('edit', { take, edit });
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

  async sweep(now: number): Promise<number> {
    const gone = rested((await this.drafts()).filter((draft) => !draft.open), now);
    for (const { take } of gone) await this.forget(take);
    return gone.length;
  }

  forget(take: Id): Promise<void> {
    return this.#alone(take, () => this.#link.call('remove', { take }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#release);
    for (const end of this.#unwatch) end();
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
    this.#silent = 0;
    return event.type === 'fault' ? this.#fault(event.code, event.evidence) : this.#say(event);
  }

  /** The system stopped the audio: a call, another app. */
  interrupted(state: string): void {
    this.#mend('recorder.interrupted', { context: state }, () => this.#healing.context());
  }

  async #start({ take, conversation, microphone, cue, resume = false }: StartOptions): Promise<void> {
    this.#step({ type: 'start', take, begun: false });
    try {
      this.#unlock = await this.#locks.lock(take);
      this.#header = { take, conversation, started: Date.now() };
      await together(this.#input.open(microphone), this.#begin(this.#header, resume));
      await this.#listen(cue);
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

  async #resume(microphone: string | undefined, cue: ResumeOptions['cue']): Promise<void> {
    clearTimeout(this.#release);
    this.#step({ type: 'resume' });
    try {
      await this.#reopen();
      await this.#input.open(microphone);
      await this.#listen(cue);
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
    await this.#link.opened();
    if (this.#header === null || this.#worker === this.#link.generation) return;
    await this.#begin(this.#header, true);
  }

  async #listen(cue: ResumeOptions['cue']): Promise<void> {
    await this.#input.attach(true);
    this.#step({ type: 'granted' });
    await this.#link.call('listen', { deaf: cue !== undefined });
    if (cue !== undefined) await cue().then(() => this.#link.call('count'));
    this.#step({ type: 'sound' });
    // One that is muted from the start sends no event.
    if (this.#input.muted) this.#fault('mic.muted', {});
  }

  /** Whoever stops or discards meanwhile waits until it is clear whether there is sound. */
  #opens(work: () => Promise<void>): Promise<void> {
    this.#healing.forgive();
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
      await this.#repair;
      await this.#link.call('drain');
    } finally {
      if (why === null) this.#release = setTimeout(() => void this.#input.close(), KEEP_MICROPHONE);
      else await this.#input.close();
      this.#step({ type: 'drained' });
    }
  }

  #fault(code: FailureCode, evidence: Failure['evidence']): void {
    if (MICROPHONE.has(code)) this.#mend(code, evidence, () => this.#healing.microphone(code));
    else if (code === 'recorder.pipeline') this.#mend(code, evidence, () => this.#healing.worker(() => this.#reopen()));
    else if (code === 'recorder.storage') this.#interrupt(code, evidence);
    else this.#say({ type: 'fault', code, evidence });
  }

  /** Repairs what broke while recording goes on; only when that fails the take pauses. */
  #mend(code: FailureCode, evidence: Failure['evidence'], repair: () => Promise<Repaired>): void {
    // What comes of a pause under way, or of what is being repaired, is not worth a word.
    if (this.#repair !== null || this.#state.at === 'pausing') return;
    if (this.#state.at !== 'recording') return this.#say({ type: 'fault', code, evidence });
    this.#repair = repair()
      .then((repaired) => this.#say({ type: 'healed', ...repaired }))
      .catch(() => this.#interrupt(code, evidence))
      .finally(() => (this.#repair = null));
  }

  /** Says it, and pauses the take if there is one under way. What the pause itself runs into shows in the state and in the next call. */
  #interrupt(code: FailureCode, evidence: Failure['evidence']): void {
    if (code !== 'recorder.hidden' || this.#state.at === 'recording') this.#say({ type: 'fault', code, evidence });
    this.#pause(code).catch(() => undefined);
  }

  /** The page may be gone in a moment: on the disk for good what there is. A disk that refuses says so by itself. */
  #keep(): void {
    if (this.#state.at === 'recording') this.#link.call('flush').catch(() => undefined);
  }

  /** A microphone that is not there any more is not always said to have ended. */
  async #plugged(): Promise<void> {
    this.#say({ type: 'microphones' });
    const inUse = this.#input.deviceInUse;
    if (this.#state.at !== 'recording' || inUse === undefined) return;
    const there = await listMicrophones();
    if (there.length > 0 && !there.some(({ id }) => id === inUse)) this.#fault('mic.ended', { reason: 'unplugged' });
  }

  #lookAtWorker(): void {
    if (this.#state.at !== 'recording' || this.#repair !== null) this.#silent = 0;
    this.#silent += 1;
    if (this.#silent > 2) this.#fault('recorder.pipeline', { stage: 'worker', reason: 'silent' });
  }

  #has(take: Id): boolean {
    const { at } = this.#state;
    return 'take' in this.#state && this.#state.take === take && (at === 'recording' || at === 'pausing' || at === 'paused');
  }

  async #decide(take: Id, state: TakeState): Promise<void> {
    await this.#opening;
    if (this.#has(take)) await this.stop();
    await this.#alone(take, () => this.#link.call('decide', { take, state, at: Date.now() }));
  }

  async #alone(take: Id, work: () => Promise<void>): Promise<void> {
    const unlock = await this.#locks.lock(take);
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
