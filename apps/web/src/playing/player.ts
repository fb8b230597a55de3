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

export function createPlayer({ earshot, speaker, notices, preferences }: Parts): Player {
  const track = signal<Message | null>(null);
  const state = signal<'idle' | 'fetching' | 'playing' | 'paused'>('idle');
  const position = signal(0);
  const speed = signal(1);
  const failure = signal<Player['failure']['value']>(null);
  let reported = false;
  // Whoever asked last is played: an answer that comes late is dropped.
  let asked = 0;

  const report = (ended: boolean): void => {
    const message = track.value;
    if (message === null || message.mine || reported || !isHeard(speaker.played, message.seconds, ended)) return;
    reported = true;
    earshot.messages.heard(message.id, secondsPlayed(speaker.played)).catch(notices.failed);
  };
  const tick = (): void => {
    if (state.value !== 'playing') return;
    position.value = speaker.position;
    report(false);
  };
  const begin = async (message: Message, at: number): Promise<void> => {
    asked += 1;
    const mine = asked;
    speaker.pause();
    track.value = message;
    position.value = at;
    failure.value = null;
    reported = message.heard;
    state.value = 'fetching';
    try {
      const file = await earshot.messages.audio(message.id);
      if (mine !== asked) return;
      await speaker.load(file);
      if (mine !== asked) return;
      speed.value = readSpeed(preferences, message.from);
      speaker.speed(speed.value);
      if (at > 0) speaker.seek(at);
      await speaker.play();
    } catch (error) {
      if (mine === asked) fail(message, error);
    }
  };
  const fail = (message: Message, error: unknown): void => {
    state.value = 'paused';
    if (error instanceof Failure) failure.value = { message: message.id, code: error.code, evidence: error.evidence };
    // The browser wants a touch before it makes a sound: the play button is there for that.
    else if (!(error instanceof DOMException && (error.name === 'NotAllowedError' || error.name === 'AbortError'))) reportError(error);
  };
  const resume = (): void => {
    speaker.play().catch((error: unknown) => {
      if (track.value) fail(track.value, error);
    });
  };
  const stop = (): void => {
    asked += 1;
    speaker.unload();
    track.value = null;
    state.value = 'idle';
    position.value = 0;
  };
  const follow = async (): Promise<void> => {
    const ended = track.value;
    if (ended === null) return;
    const next = nextUnheard(await earshot.messages.list(ended.conversation, { limit: 500 }), ended);
    if (track.value !== ended || state.value !== 'paused') return;
    if (next) await begin(next, 0);
    else stop();
  };
  speaker.on((event) => {
    if (track.value === null) return;
    if (event === 'playing') state.value = 'playing';
    if (event === 'paused' && state.value === 'playing') state.value = 'paused';
    if (event === 'ended') {
      position.value = track.value.seconds;
      report(true);
      state.value = 'paused';
      follow().catch(notices.failed);
    }
  });
  // What was taken back falls silent at once.
  earshot.on((happening) => {
    if (happening.type === 'removed' && happening.message === track.value?.id) stop();
  });

  return {
    track, position, speed, failure, tick, stop,
    state: computed(() => state.value),
    toggle: (message) => {
      if (track.value?.id !== message.id || failure.value?.message === message.id) void begin(message, 0);
      else if (state.value === 'playing') speaker.pause();
      else if (state.value === 'paused') resume();
    },
    seek: (message, seconds) => {
      const to = Math.min(Math.max(0, seconds), message.seconds);
      if (track.value?.id !== message.id) void begin(message, to);
      else if (state.value !== 'fetching') {
        speaker.seek(to);
        position.value = to;
      }
    },
    pause: () => speaker.pause(),
    setSpeed: (factor) => {
      speed.value = factor;
      speaker.speed(factor);
      if (track.value) preferences.write(`speed.${track.value.from}`, String(factor));
    },
  };
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
