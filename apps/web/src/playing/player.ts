import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Clock } from '@earshot/base/clock.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { Earshot, Message } from '@earshot/client/earshot.ts';
import type { Evidence, FailureCode } from '@earshot/protocol/failures.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Notices } from '../shell/notices.ts';
import type { Preferences } from '../shell/preferences.ts';
import { isHeard, secondsPlayed } from './heard.ts';
import { type Gap, gapAt } from './gap.ts';
import { forgetLeft, readLeft } from './left.ts';
import { nextUnheard } from './next-unheard.ts';
import { Place } from './place.ts';
import type { Speaker, SpeakerEvent } from './speaker.ts';

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3] as const;

/** One thing plays at a time, wherever in the app one is. */
export interface Player {
  readonly track: ReadonlySignal<Message | null>;
  readonly state: ReadonlySignal<'idle' | 'fetching' | 'playing' | 'paused'>;
  /** Seconds of the message. */
  readonly position: ReadonlySignal<number>;
  readonly speed: ReadonlySignal<number>;
  /** Whether pauses are skipped. */
  readonly skipping: ReadonlySignal<boolean>;
  /** Why a message could not be played, until it is tried again. */
  readonly failure: ReadonlySignal<{ readonly message: Id; readonly code: FailureCode; readonly evidence: Evidence } | null>;
  /** Plays it, or pauses it when it is playing or about to. */
  toggle(message: Message): void;
  /** Goes to a second of it; another message than the one at hand begins to play there. */
  seek(message: Message, seconds: number): void;
  setSpeed(factor: number): void;
  setSkipping(on: boolean): void;
  /** Goes to the next unheard message of the conversation, after the last one to the oldest, if there is one that had no turn yet. */
  next(): void;
  /** Falls silent and stays so: what is still being fetched, or would follow by itself, is not played when it comes. */
  pause(): void;
  stop(): void;
  /** The page may end now, or go on: where one is by now is kept. */
  keep(): void;
  /** Its person is gone, or is another one by now: nothing of hers stays, and nothing more is written for her. */
  leave(): void;
  /** Reads the position once more: called for every picture while something plays. */
  tick(): void;
}

interface Parts {
  readonly earshot: Pick<Earshot, 'messages' | 'listening' | 'on'>;
  readonly speaker: Speaker;
  readonly notices: Notices;
  readonly preferences: Preferences;
  readonly clock: Pick<Clock, 'sleep'>;
  /** Where nobody speaks in a file of so many seconds. */
  readonly silences: (file: Uint8Array<ArrayBuffer>, seconds: number) => Promise<readonly Gap[]>;
  /** Whether anything may sound now. Says why, where it may not. */
  readonly maySound: () => boolean;
}

/** While it plays the place is kept this often: what a crash costs. Seconds. */
const KEEP_EVERY = 60;
/** Whoever goes to no other place within this has found it. Milliseconds. */
const FOUND = 1_000;

interface Loaded {
  readonly file: Uint8Array<ArrayBuffer>;
  readonly place: Place;
}

export function createPlayer(parts: Parts): Player {
  const playing = new Playing(parts);
  return {
    track: playing.track,
    position: playing.position,
    speed: playing.speed,
    skipping: playing.skipping,
    failure: playing.failure,
    state: computed(() => playing.state.value),
    toggle: (message) => playing.toggle(message),
    seek: (message, seconds) => playing.seek(message, seconds),
    setSpeed: (factor) => playing.setSpeed(factor),
    setSkipping: (on) => playing.setSkipping(on),
    next: () => playing.next(),
    pause: () => playing.pause(),
    stop: () => playing.stop(),
    keep: () => playing.keep(),
    leave: () => playing.leave(),
    tick: () => playing.tick(),
  };
}

class Playing {
  readonly track = signal<Message | null>(null);
  readonly state = signal<'idle' | 'fetching' | 'playing' | 'paused'>('idle');
  readonly position = signal(0);
  readonly speed = signal(1);
  readonly skipping: Signal<boolean>;
  readonly failure = signal<Player['failure']['value']>(null);
  readonly #parts: Parts;
  #reported = false;
  #loaded: Loaded | null = null;
  #gaps: readonly Gap[] = [];
  /** Pauses of this message that were left out, because nobody speaks in them. */
  readonly #skipped = new Set<Gap>();
  /** Where what is being fetched shall begin; null: where one stopped. Whoever is still drawing along it means the last place. */
  #sought: number | null = null;
  /** How often somebody went to another place. */
  #seeks = 0;
  /** Whoever asked last is obeyed, also when it was for silence: an answer that comes late is dropped. */
  #asked = 0;
  /** What had its turn since somebody chose a message: what was skipped stays unheard, and is not played again for that. */
  readonly #turns = new Set<Id>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.skipping = signal(parts.preferences.read('skip-silence') === 'yes');
    parts.speaker.on((event) => this.#hear(event));
    // What was taken back falls silent at once.
    parts.earshot.on((happening) => {
      if (happening.type === 'removed' && happening.rule === 'removed' && happening.message === this.track.value?.id) this.stop();
    });
  }

  toggle(message: Message): void {
    if (this.track.value?.id !== message.id || this.failure.value?.message === message.id) this.#choose(message, null);
    else if (this.state.value === 'playing' || this.state.value === 'fetching') this.pause();
    else if (this.state.value === 'paused') this.#resume();
  }

  pause(): void {
    this.#asked += 1;
    if (this.state.value === 'fetching') this.stop();
    else this.#parts.speaker.pause();
  }

  seek(message: Message, seconds: number): void {
    const to = Math.min(Math.max(0, seconds), message.seconds);
    if (this.track.value?.id !== message.id) {
      this.#choose(message, to);
      return;
    }
    this.position.value = to;
    if (this.#loaded === null) {
      this.#sought = to;
      return;
    }
    this.#parts.speaker.seek(to);
    this.#loaded.place.move();
    this.#keepSoon();
  }

  setSpeed(factor: number): void {
    const { speaker, earshot, notices } = this.#parts;
    this.speed.value = factor;
    speaker.speed(factor);
    if (this.track.value) earshot.listening.keepSpeed(this.track.value.from, factor).catch(notices.failed);
  }

  setSkipping(on: boolean): void {
    this.skipping.value = on;
    this.#parts.preferences.write('skip-silence', on ? 'yes' : null);
    this.#gaps = [];
    this.#findGaps();
  }

  next(): void {
    const track = this.track.value;
    if (track === null) return;
    this.#keep();
    this.#follow(track).catch(this.#parts.notices.failed);
  }

  stop(): void {
    this.#keep();
    this.#putAway();
  }

  keep(): void {
    this.#loaded?.place.leave(this.position.value);
  }

  #keep(): void {
    this.#loaded?.place.keepMoved(this.position.value);
  }

  leave(): void {
    this.#putAway();
    forgetLeft(this.#parts.preferences);
    this.failure.value = null;
    this.#turns.clear();
  }

  #putAway(): void {
    this.#asked += 1;
    this.#loaded = null;
    this.#parts.speaker.unload();
    this.track.value = null;
    this.state.value = 'idle';
    this.position.value = 0;
  }

  tick(): void {
    if (this.state.value !== 'playing' || this.#loaded === null) return;
    const { place } = this.#loaded;
    this.position.value = this.#parts.speaker.position;
    place.move();
    this.#skip();
    this.#report(false);
    if (Math.abs(this.position.value - place.kept) >= KEEP_EVERY) place.keep(this.position.value);
  }

  /** Over a pause at once; what was not played does not count as played. */
  #skip(): void {
    const gap = gapAt(this.#gaps, this.position.value);
    if (gap === undefined) return;
    this.#skipped.add(gap);
    this.#parts.speaker.seek(gap.end);
    this.position.value = gap.end;
  }

  #findGaps(): void {
    const [loaded, track] = [this.#loaded, this.track.value];
    if (!this.skipping.value || loaded === null || track === null) return;
    this.#parts.silences(loaded.file, track.seconds).then(
      (gaps) => {
        if (this.#loaded === loaded && this.skipping.value) this.#gaps = gaps;
      },
      // Without them it is played as it is.
      () => undefined,
    );
  }

  /** Pausing and leaving keep what plays. What is drawn along is not kept at each place it comes by. */
  #keepSoon(): void {
    this.#seeks += 1;
    const mine = this.#seeks;
    void this.#parts.clock.sleep(FOUND).then(() => {
      if (mine === this.#seeks && this.state.value === 'paused') this.#keep();
    });
  }

  #hear(event: SpeakerEvent): void {
    const track = this.track.value;
    // What is told before a message was loaded is told of the one before it.
    const place = this.#loaded?.place;
    if (track === null || place === undefined) return;
    if (event === 'time') return this.tick();
    if (event instanceof Failure) return this.#break(track, event);
    if (event === 'playing') this.state.value = 'playing';
    if (event === 'paused' && this.state.value === 'playing') {
      this.state.value = 'paused';
      this.position.value = this.#parts.speaker.position;
      place.keep(this.position.value);
    }
    if (event !== 'ended') return;
    this.position.value = track.seconds;
    place.keep(track.seconds);
    this.#report(true);
    this.state.value = 'paused';
    this.#follow(track, true).catch(this.#parts.notices.failed);
  }

  /** It broke in the midst: tried again it goes on there. */
  #break(track: Message, failure: Failure): void {
    this.#keep();
    this.#fail(track, failure);
  }

  #report(ended: boolean): void {
    const { speaker, earshot, notices } = this.#parts;
    const message = this.track.value;
    if (message === null || message.mine || this.#reported) return;
    // The file may end a hair beside what its message says.
    const end = ended ? speaker.length || message.seconds : null;
    const leftOut = [...this.#skipped].map((gap) => [gap.start, gap.end] as const);
    if (!isHeard(speaker.played, leftOut, message.seconds, end)) return;
    this.#reported = true;
    earshot.messages.heard(message.id, secondsPlayed(speaker.played)).catch(notices.failed);
  }

  #choose(message: Message, at: number | null): void {
    this.#turns.clear();
    void this.#begin(message, at);
  }

  async #begin(message: Message, at: number | null): Promise<void> {
    const { speaker, maySound } = this.#parts;
    if (!maySound()) return;
    this.#turns.add(message.id);
    this.#asked += 1;
    const mine = this.#asked;
    this.#keep();
    this.#loaded = null;
    this.state.value = 'fetching';
    speaker.pause();
    this.track.value = message;
    this.#sought = at;
    this.position.value = at ?? 0;
    this.failure.value = null;
    this.#reported = message.heard;
    this.#gaps = [];
    this.#skipped.clear();
    try {
      await this.#play(message, () => mine === this.#asked);
    } catch (error) {
      if (mine === this.#asked) this.#fail(message, error);
    }
  }

  async #play(message: Message, wanted: () => boolean): Promise<void> {
    const { earshot, speaker, preferences } = this.#parts;
    const file = await earshot.messages.audio(message.id);
    if (!wanted()) return;
    await speaker.load(file);
    if (!wanted()) return;
    const [speed, now] = await Promise.all([earshot.listening.speed(message.from), earshot.messages.get(message.id)]);
    if (!wanted()) return;
    this.speed.value = speed;
    speaker.speed(speed);
    const known = now?.place ?? 0;
    // What only this device knows of is said by it, as if she had gone there here.
    const here = this.#sought ?? readLeft(preferences, message.id, known);
    const from = here ?? known;
    if (from > 0) speaker.seek(from);
    this.position.value = from;
    this.#loaded = { file, place: new Place(this.#parts, message, from, here !== null) };
    this.#findGaps();
    await speaker.play();
  }

  #resume(): void {
    if (!this.#parts.maySound()) return;
    this.#asked += 1;
    const mine = this.#asked;
    this.#goOn(() => mine === this.#asked).catch((error: unknown) => {
      if (mine === this.#asked && this.track.value) this.#fail(this.track.value, error);
    });
  }

  /** Where it stood still, unless she stopped elsewhere since, on another device or in another window. */
  async #goOn(wanted: () => boolean): Promise<void> {
    const place = this.#loaded?.place;
    const to = (await place?.elsewhere()) ?? null;
    if (!wanted()) return;
    if (to !== null) {
      place?.follow(to);
      this.#parts.speaker.seek(to);
      this.position.value = to;
    }
    await this.#parts.speaker.play();
  }

  #fail(message: Message, error: unknown): void {
    this.state.value = 'paused';
    if (error instanceof Failure) this.failure.value = { message: message.id, code: error.code, evidence: error.evidence };
    else if (error instanceof DOMException && error.name === 'NotAllowedError') this.failure.value = { message: message.id, code: 'play.touch', evidence: {} };
    else if (error instanceof DOMException && error.name !== 'AbortError') this.failure.value = { message: message.id, code: 'play.unsupported', evidence: { name: error.name } };
    else if (!(error instanceof DOMException)) this.#parts.notices.failed(error);
  }

  async #follow(before: Message, stops = false): Promise<void> {
    const asked = this.#asked;
    const next = await nextUnheard(this.#parts.earshot.messages, before, this.#turns);
    if (asked !== this.#asked) return;
    if (next) await this.#begin(next, null);
    else if (stops) this.stop();
  }
}
