import type { Failure } from '@earshot/protocol/failures.ts';
import type { Stretches } from './heard.ts';

/** What makes sound, as a port. One message at a time; seconds are seconds of the message, whatever the speed. */
export interface Speaker {
  /** Makes this Ogg Opus file the one that plays; resolves when it can. Rejects with `play.unsupported` when this browser cannot play it. */
  load(file: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Rejects when the browser wants a touch first. */
  play(): Promise<void>;
  pause(): void;
  seek(seconds: number): void;
  /** Keeps the pitch. */
  speed(factor: number): void;
  readonly position: number;
  readonly length: number;
  readonly played: Stretches;
  /** Lets go of what was loaded. Whoever still waits for it is rejected with an `AbortError`. */
  unload(): void;
  /** Returns the end of it. */
  on(listener: (event: SpeakerEvent) => void): () => void;
}

/**
 * `ended`: played to its end. `paused`: it stands still, perhaps because of a call. `time`: it has come further; also told while the page is out of sight.
 * A failure: what was loaded cannot be played any further; it stands still, and `play` tries it again there.
 * Told only where nobody waits for `load` or `play`: those reject.
 */
export type SpeakerEvent = 'ended' | 'paused' | 'playing' | 'time' | Failure;
