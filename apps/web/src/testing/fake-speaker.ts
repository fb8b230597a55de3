import type { Id } from '@earshot/base/ids.ts';
import type { Message } from '@earshot/client/earshot.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Stretches } from '../playing/heard.ts';
import type { Speaker, SpeakerEvent } from '../playing/speaker.ts';

/** A speaker that plays as far as it is told to. */
export class FakeSpeaker implements Speaker {
  position = 0;
  length = 10;
  played: Stretches = [];
  factor = 1;
  loaded = 0;
  readonly sought: number[] = [];
  /** Whether a file is in it. */
  holds = false;
  #listener: (event: SpeakerEvent) => void = () => undefined;
  on(listener: (event: SpeakerEvent) => void): () => void {
    this.#listener = listener;
    return () => undefined;
  }
  async load(): Promise<void> {
    this.loaded += 1;
    this.holds = true;
    this.position = 0;
    this.played = [];
  }
  async play(): Promise<void> {
    this.#listener('playing');
  }
  pause(): void {
    this.#listener('paused');
  }
  /** Chromium knows whole microseconds only. */
  seek(seconds: number): void {
    this.sought.push(seconds);
    this.position = Math.trunc(seconds * 1e6) / 1e6;
  }
  speed(factor: number): void {
    this.factor = factor;
  }
  unload(): void {
    this.holds = false;
    this.played = [];
  }
  /** Sound came out from here to there. */
  sound(from: number, to: number): void {
    this.played = [...this.played, [from, to]];
    this.position = to;
  }
  end(): void {
    this.#listener('ended');
  }
  /** The browser cannot go on with it. */
  break(): void {
    this.#listener(new Failure('play.unsupported', { media: 3 }));
  }
}

/** A message of ten seconds, unless it is told otherwise. */
export const message = (id: Id, more: Partial<Message> = {}): Message => ({
  id, conversation: 'talk', seq: 1, time: 0, from: 'ada', mine: false, samples: 480_000, seconds: 10, waveform: new Uint8Array(8), sha256: '', fileName: null, forwarded: null, words: null,
  state: { at: 'delivered' }, kept: null, recipients: [], deliveredTo: [], heardBy: [], heard: false, place: 0, here: true, removed: null, failure: null, expiry: null, expires: null, keptFor: null, resting: null, ...more,
});
