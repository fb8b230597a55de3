import type { Earshot, Message } from '@earshot/client/earshot.ts';
import type { Notices } from '../shell/notices.ts';
import type { Preferences } from '../shell/preferences.ts';
import { forgetLeft, noteLeft } from './left.ts';

interface Parts {
  readonly earshot: Pick<Earshot, 'messages' | 'listening'>;
  readonly notices: Pick<Notices, 'failed'>;
  readonly preferences: Preferences;
}

/** Shorter messages are heard anew rather than gone on with. Seconds. */
const WORTH_KEEPING = 10;

/**
 * The place in the message that is loaded. It is one for all devices and windows of a person: said by the one on which it moved, so
 * that putting away what stood still here does not undo what she listened to elsewhere.
 */
export class Place {
  readonly #parts: Parts;
  readonly #message: Message;
  /** Said last, by this player or to it. Seconds. */
  #kept: number;
  /** Whether it came elsewhere here since. */
  #moved: boolean;
  #keeping: Promise<void> = Promise.resolve();

  constructor(parts: Parts, message: Message, from: number, sought: boolean) {
    this.#parts = parts;
    this.#message = message;
    this.#kept = from;
    this.#moved = sought;
  }

  get kept(): number {
    return this.#kept;
  }

  move(): void {
    this.#moved = true;
  }

  keep(seconds: number): void {
    if (this.#message.seconds < WORTH_KEEPING) return;
    const { earshot, notices, preferences } = this.#parts;
    this.#kept = seconds;
    this.#moved = false;
    this.#keeping = earshot.listening.keepPlace(this.#message.id, this.#said(seconds)).then(
      () => forgetLeft(preferences, this.#message.id),
      (error: unknown) => {
        // What could not be kept is known here only, and is not taken for a place that was left elsewhere.
        this.#moved = true;
        notices.failed(error);
      },
    );
  }

  keepMoved(seconds: number): void {
    if (this.#moved) this.keep(seconds);
  }

  /** As `keepMoved`, where the page may be gone before it is kept. */
  leave(seconds: number): void {
    if (!this.#moved || this.#message.seconds < WORTH_KEEPING) return;
    noteLeft(this.#parts.preferences, this.#message.id, this.#said(this.#kept), this.#said(seconds));
    this.keep(seconds);
  }

  /** Where she stopped elsewhere since; null: nowhere, or it moved here. */
  async elsewhere(): Promise<number | null> {
    await this.#keeping;
    if (this.#moved) return null;
    const now = await this.#parts.earshot.messages.get(this.#message.id);
    return now === null || this.#moved || now.place === this.#said(this.#kept) ? null : now.place;
  }

  /** Goes to where she stopped elsewhere, which need not be said again. */
  follow(seconds: number): void {
    this.#kept = seconds;
  }

  /** An end is a beginning. */
  #said(seconds: number): number {
    return seconds < 1 || seconds > this.#message.seconds - 1 ? 0 : Math.round(seconds * 10) / 10;
  }
}
