import { Failure } from '@earshot/protocol/failures.ts';
import type { FailureCode } from '@earshot/protocol/failures.ts';
import type { Input } from './input.browser.ts';
import type { SoundSource } from './sound-source.ts';
import type { WorkerLink } from './worker-link.browser.ts';

/** Milliseconds within which the same trouble again is no accident: it pauses the take then. */
const AGAIN = 5_000;
/** Milliseconds that a repair may take: browsers need two seconds to end a worker that hangs. */
const PATIENCE = 6_000;

export interface Repaired {
  readonly code: FailureCode;
  /** Milliseconds. */
  readonly gap: number;
}

/** Puts what broke in mid-take in order, without ending the take. Each verb throws a `Failure` where that cannot be done. */
export class Healing {
  readonly #input: Input;
  readonly #link: WorkerLink;
  readonly #source: SoundSource;
  readonly #last = new Map<FailureCode, number>();

  constructor(input: Input, link: WorkerLink, source: SoundSource) {
    this.#input = input;
    this.#link = link;
    this.#source = source;
  }

  /** Nothing that happened before counts any more: a person went on. */
  forgive(): void {
    this.#last.clear();
  }

  /** The microphone went away: the same device again, else the system's choice. */
  microphone(code: FailureCode): Promise<Repaired> {
    return this.#once(code, async () => {
      const began = performance.now();
      if (!(await this.#source.wake())) throw new Failure('recorder.interrupted');
      await this.#input.replace(this.#input.deviceInUse, { orAny: true });
      // Where no frames come, what captures them may hang as well.
      if (code === 'mic.no-frames') await this.#renewLine();
      return this.#splice(code, began);
    });
  }

  /** What captures broke: another one takes over from the same microphone. */
  line(): Promise<Repaired> {
    return this.#once('recorder.pipeline', async () => {
      const began = performance.now();
      await this.#renewLine();
      return this.#splice('recorder.pipeline', began);
    });
  }

  /** Somebody chose another one. What it costs is marked; there is nothing to repair. */
  async change(device: string | undefined): Promise<void> {
    const began = performance.now();
    await this.#input.replace(device, { orAny: false });
    await this.#splice('', began);
  }

  /** The system stopped the audio, perhaps for a moment only. */
  context(): Promise<Repaired> {
    return this.#once('recorder.interrupted', async () => {
      const began = performance.now();
      if (!(await this.#source.wake())) throw new Failure('recorder.interrupted');
      return this.#splice('recorder.interrupted', began);
    });
  }

  /** Worker or encoder broke: another one takes over, and gets from capture what is not in the journal. */
  worker(reopen: () => Promise<void>): Promise<Repaired> {
    return this.#once('recorder.pipeline', async () => {
      this.#link.restart();
      await reopen();
      await this.#input.attach(true);
      await this.#link.call('listen', { deaf: false });
      return { code: 'recorder.pipeline', gap: 0 };
    });
  }

  async #renewLine(): Promise<void> {
    await this.#input.renewLine();
    await this.#input.attach(false);
  }

  async #splice<C extends FailureCode | ''>(code: C, began: number): Promise<{ code: C; gap: number }> {
    const gap = Math.ceil(performance.now() - began);
    await this.#link.call('splice', { ...this.#input.facts, gap, why: code });
    return { code, gap };
  }

  async #once(code: FailureCode, work: () => Promise<Repaired>): Promise<Repaired> {
    const now = performance.now();
    if (now - (this.#last.get(code) ?? Number.NEGATIVE_INFINITY) < AGAIN) throw new Failure(code, { again: true });
    this.#last.set(code, now);
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Failure(code, { milliseconds: PATIENCE })), PATIENCE);
    try {
      return await Promise.race([work(), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}
