import { computed, signal, type ReadonlySignal } from '@preact/signals';
import type { Id } from '@earshot/base/ids.ts';
import type { Earshot, Message } from '@earshot/client/earshot.ts';
import type { Evidence, FailureCode } from '@earshot/protocol/failures.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Notices } from '../shell/notices.ts';
import type { Preferences } from '../shell/preferences.ts';
import { isHeard, secondsPlayed } from './heard.ts';
import type { Speaker } from './speaker.ts';

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3] as const;

/** One thing plays at a time, wherever in the app one is. */
export interface Player {
  readonly track: ReadonlySignal<Message | null>;
  readonly state: ReadonlySignal<'idle' | 'fetching' | 'playing' | 'paused'>;
  /** Seconds of the message. */
  readonly position: ReadonlySignal<number>;
  readonly speed: ReadonlySignal<number>;
  /** Why a message could not be played, until it is tried again. */
  readonly failure: ReadonlySignal<{ readonly message: Id; readonly code: FailureCode; readonly evidence: Evidence } | null>;
  /** Plays it, or pauses it when it is playing. */
  toggle(message: Message): void;
  /** Goes to a second of it; another message than the one at hand begins to play there. */
  seek(message: Message, seconds: number): void;
  setSpeed(factor: number): void;
  pause(): void;
  stop(): void;
  /** Reads the position once more: called for every picture while something plays. */
  tick(): void;
}

interface Parts {
  readonly earshot: Pick<Earshot, 'messages' | 'on'>;
  readonly speaker: Speaker;
  readonly notices: Notices;
  readonly preferences: Preferences;
}

export function createPlayer(parts: Parts): Player {
  const playing = new Playing(parts);
  return {
    track: playing.track,
    position: playing.position,
    speed: playing.speed,
    failure: playing.failure,
    state: computed(() => playing.state.value),
    toggle: (message) => playing.toggle(message),
    seek: (message, seconds) => playing.seek(message, seconds),
    setSpeed: (factor) => playing.setSpeed(factor),
    pause: () => parts.speaker.pause(),
    stop: () => playing.stop(),
    tick: () => playing.tick(),
  };
}

class Playing {
  readonly track = signal<Message | null>(null);
  readonly state = signal<'idle' | 'fetching' | 'playing' | 'paused'>('idle');
  readonly position = signal(0);
  readonly speed = signal(1);
  readonly failure = signal<Player['failure']['value']>(null);
  readonly #parts: Parts;
  #reported = false;
  /** Whoever asked last is played: an answer that comes late is dropped. */
  #asked = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    parts.speaker.on((event) => this.#hear(event));
    // What was taken back falls silent at once.
    parts.earshot.on((happening) => {
      if (happening.type === 'removed' && happening.message === this.track.value?.id) this.stop();
    });
  }

  toggle(message: Message): void {
    if (this.track.value?.id !== message.id || this.failure.value?.message === message.id) void this.#begin(message, 0);
    else if (this.state.value === 'playing') this.#parts.speaker.pause();
    else if (this.state.value === 'paused') this.#resume();
  }

  seek(message: Message, seconds: number): void {
    const to = Math.min(Math.max(0, seconds), message.seconds);
    if (this.track.value?.id !== message.id) void this.#begin(message, to);
    else if (this.state.value !== 'fetching') {
      this.#parts.speaker.seek(to);
      this.position.value = to;
    }
  }

  setSpeed(factor: number): void {
    const { speaker, preferences } = this.#parts;
    this.speed.value = factor;
    speaker.speed(factor);
    if (this.track.value) preferences.write(`speed.${this.track.value.from}`, String(factor));
  }

  stop(): void {
    this.#asked += 1;
    this.#parts.speaker.unload();
    this.track.value = null;
    this.state.value = 'idle';
    this.position.value = 0;
  }

  tick(): void {
    if (this.state.value !== 'playing') return;
    this.position.value = this.#parts.speaker.position;
    this.#report(false);
  }

  #hear(event: 'playing' | 'paused' | 'ended'): void {
    const track = this.track.value;
    if (track === null) return;
    if (event === 'playing') this.state.value = 'playing';
    if (event === 'paused' && this.state.value === 'playing') this.state.value = 'paused';
    if (event !== 'ended') return;
    this.position.value = track.seconds;
    this.#report(true);
    this.state.value = 'paused';
    this.#follow(track).catch(this.#parts.notices.failed);
  }

  #report(ended: boolean): void {
    const { speaker, earshot, notices } = this.#parts;
    const message = this.track.value;
    if (message === null || message.mine || this.#reported || !isHeard(speaker.played, message.seconds, ended)) return;
    this.#reported = true;
    earshot.messages.heard(message.id, secondsPlayed(speaker.played)).catch(notices.failed);
  }

  async #begin(message: Message, at: number): Promise<void> {
    const { speaker } = this.#parts;
    this.#asked += 1;
    const mine = this.#asked;
    speaker.pause();
    this.track.value = message;
    this.position.value = at;
    this.failure.value = null;
    this.#reported = message.heard;
    this.state.value = 'fetching';
    try {
      await this.#play(message, at, () => mine === this.#asked);
    } catch (error) {
      if (mine === this.#asked) this.#fail(message, error);
    }
  }

  async #play(message: Message, at: number, wanted: () => boolean): Promise<void> {
    const { earshot, speaker, preferences } = this.#parts;
    const file = await earshot.messages.audio(message.id);
    if (!wanted()) return;
    await speaker.load(file);
    if (!wanted()) return;
    this.speed.value = readSpeed(preferences, message.from);
    speaker.speed(this.speed.value);
    if (at > 0) speaker.seek(at);
    await speaker.play();
  }

  #resume(): void {
    this.#parts.speaker.play().catch((error: unknown) => {
      if (this.track.value) this.#fail(this.track.value, error);
    });
  }

  #fail(message: Message, error: unknown): void {
    this.state.value = 'paused';
    if (error instanceof Failure) this.failure.value = { message: message.id, code: error.code, evidence: error.evidence };
    // The browser wants a touch before it makes a sound: the play button is there for that.
    else if (!(error instanceof DOMException && (error.name === 'NotAllowedError' || error.name === 'AbortError'))) reportError(error);
  }

  async #follow(ended: Message): Promise<void> {
    const next = nextUnheard(await this.#parts.earshot.messages.list(ended.conversation, { limit: 500 }), ended);
    if (this.track.value !== ended || this.state.value !== 'paused') return;
    if (next) await this.#begin(next, 0);
    else this.stop();
  }
}

function readSpeed(preferences: Preferences, person: Id): number {
  const stored = Number(preferences.read(`speed.${person}`) ?? 1);
  return stored >= 0.5 && stored <= 3 ? stored : 1;
}

/** The first message after this one that others spoke and this person has not heard. One's own are skipped. */
export function nextUnheard(messages: readonly Message[], after: Message): Message | undefined {
  const place = messages.findIndex((message) => message.id === after.id);
  return messages.slice(place + 1).find((message) => !message.mine && !message.heard && message.removed === null && message.failure === null);
}
