import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Id } from '@earshot/base/ids.ts';
import type { Earshot, Message } from '@earshot/client/earshot.ts';
import type { Evidence, FailureCode } from '@earshot/protocol/failures.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Notices } from '../shell/notices.ts';
import type { Preferences } from '../shell/preferences.ts';
import { isHeard, secondsPlayed } from './heard.ts';
import { type Gap, gapAt } from './gap.ts';
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
  /** Where nobody speaks in a file of so many seconds. */
  readonly silences: (file: Uint8Array<ArrayBuffer>, seconds: number) => Promise<readonly Gap[]>;
}

/** Shorter messages are heard anew rather than gone on with. Seconds. */
const WORTH_KEEPING = 10;
/** While it plays the place is kept this often: what a crash costs. Seconds. */
const KEEP_EVERY = 60;

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
  #file: Uint8Array<ArrayBuffer> | null = null;
  #gaps: readonly Gap[] = [];
  readonly #skipped = new Set<Gap>();
  /** Where what is being fetched shall begin; null: where one stopped. Whoever is still drawing along it means the last place. */
  #sought: number | null = null;
  /** The place that was kept last. */
  #kept = 0;
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
    if (this.#file === null) this.#sought = to;
    else this.#parts.speaker.seek(to);
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
    this.#keepPlace(this.position.value);
    this.#follow(track).catch(this.#parts.notices.failed);
  }

  stop(): void {
    this.#keepPlace(this.position.value);
    this.#putAway();
  }

  leave(): void {
    this.#putAway();
    this.failure.value = null;
    this.#turns.clear();
  }

  #putAway(): void {
    this.#asked += 1;
    this.#file = null;
    this.#parts.speaker.unload();
    this.track.value = null;
    this.state.value = 'idle';
    this.position.value = 0;
  }

  tick(): void {
    if (this.state.value !== 'playing') return;
    this.position.value = this.#parts.speaker.position;
    this.#skip();
    this.#report(false);
    if (Math.abs(this.position.value - this.#kept) >= KEEP_EVERY) this.#keepPlace(this.position.value);
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
    const [file, track] = [this.#file, this.track.value];
    if (!this.skipping.value || file === null || track === null) return;
    this.#parts.silences(file, track.seconds).then(
      (gaps) => {
        if (this.#file === file && this.skipping.value) this.#gaps = gaps;
      },
      // Without them it is played as it is.
      () => undefined,
    );
  }

  /** Where to go on, on this device or another. An end is a beginning; what did not come to be played stays where it was. */
  #keepPlace(seconds: number): void {
    const track = this.track.value;
    if (track === null || track.seconds < WORTH_KEEPING || this.#file === null) return;
    this.#kept = seconds;
    const place = seconds < 1 || seconds > track.seconds - 1 ? 0 : Math.round(seconds * 10) / 10;
    this.#parts.earshot.listening.keepPlace(track.id, place).catch(this.#parts.notices.failed);
  }

  #hear(event: SpeakerEvent): void {
    const track = this.track.value;
    // What is told before a message was loaded is told of the one before it.
    if (track === null || this.#file === null) return;
    if (event === 'time') return this.tick();
    if (event instanceof Failure) return this.#break(track, event);
    if (event === 'playing') this.state.value = 'playing';
    if (event === 'paused' && this.state.value === 'playing') {
      this.state.value = 'paused';
      this.#keepPlace(this.#parts.speaker.position);
    }
    if (event !== 'ended') return;
    this.position.value = track.seconds;
    this.#keepPlace(track.seconds);
    this.#report(true);
    this.state.value = 'paused';
    this.#follow(track, true).catch(this.#parts.notices.failed);
  }

  /** It broke in the midst: tried again it goes on there. */
  #break(track: Message, failure: Failure): void {
    this.#keepPlace(this.position.value);
    this.#fail(track, failure);
  }

  #report(ended: boolean): void {
    const { speaker, earshot, notices } = this.#parts;
    const message = this.track.value;
    if (message === null || message.mine || this.#reported || !isHeard(speaker.played, message.seconds - this.#silent(), ended)) return;
    this.#reported = true;
    earshot.messages.heard(message.id, secondsPlayed(speaker.played)).catch(notices.failed);
  }

  /** Seconds of this message that were skipped because nobody speaks in them. */
  #silent(): number {
    return [...this.#skipped].reduce((sum, { start, end }) => sum + end - start, 0);
  }

  #choose(message: Message, at: number | null): void {
    this.#turns.clear();
    void this.#begin(message, at);
  }

  async #begin(message: Message, at: number | null): Promise<void> {
    const { speaker } = this.#parts;
    this.#turns.add(message.id);
    this.#asked += 1;
    const mine = this.#asked;
    if (this.track.value?.id !== message.id && this.state.value === 'playing') this.#keepPlace(this.position.value);
    this.#file = null;
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
    const { earshot, speaker } = this.#parts;
    const file = await earshot.messages.audio(message.id);
    if (!wanted()) return;
    await speaker.load(file);
    if (!wanted()) return;
    const [speed, now] = await Promise.all([earshot.listening.speed(message.from), earshot.messages.get(message.id)]);
    if (!wanted()) return;
    this.speed.value = speed;
    speaker.speed(speed);
    const from = this.#sought ?? now?.place ?? 0;
    this.#kept = from;
    if (from > 0) speaker.seek(from);
    this.position.value = from;
    this.#file = file;
    this.#findGaps();
    await speaker.play();
  }

  #resume(): void {
    this.#asked += 1;
    this.#parts.speaker.play().catch((error: unknown) => {
      if (this.track.value) this.#fail(this.track.value, error);
    });
  }

  #fail(message: Message, error: unknown): void {
    this.state.value = 'paused';
    if (error instanceof Failure) this.failure.value = { message: message.id, code: error.code, evidence: error.evidence };
    else if (error instanceof DOMException && error.name === 'NotAllowedError') this.failure.value = { message: message.id, code: 'play.touch', evidence: {} };
    else if (error instanceof DOMException && error.name !== 'AbortError') this.failure.value = { message: message.id, code: 'play.unsupported', evidence: { name: error.name } };
    else if (!(error instanceof DOMException)) reportError(error);
  }

  async #follow(before: Message, stops = false): Promise<void> {
    const asked = this.#asked;
    const next = nextUnheard(await this.#parts.earshot.messages.list(before.conversation, { limit: 500 }), before, this.#turns);
    if (asked !== this.#asked) return;
    if (next) await this.#begin(next, null);
    else if (stops) this.stop();
  }
}

/** The first message after this one, else the oldest before it, that others spoke, this person has not heard, and had no turn. One's own and deleted ones are skipped. */
export function nextUnheard(messages: readonly Message[], after: Message, turns: ReadonlySet<Id>): Message | undefined {
  const place = messages.findIndex((message) => message.id === after.id);
  const inTurn = [...messages.slice(place + 1), ...messages.slice(0, Math.max(0, place))];
  return inTurn.find(({ id, mine, heard, removed, resting, failure }) => !mine && !heard && removed === null && resting === null && failure === null && !turns.has(id));
}
