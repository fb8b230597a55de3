import type { FrameFeatures } from './frame-reader.ts';
import { ACTIVE_ABOVE_FLOOR_DB, FLAT_FLOOR_DB, FLOOR_WINDOW_S, USABLE_DB } from './limits.ts';

export const FRAMES_PER_SECOND = 50;
const KEPT_FRAMES = 10 * FRAMES_PER_SECOND;
const FLOOR_FRAMES = FLOOR_WINDOW_S * FRAMES_PER_SECOND;

export interface KeptFrame extends FrameFeatures {
  /** Stands out of the room: a word, a knock, a breath. */
  readonly active: boolean;
  /** Active, and loud enough to be understood when played. */
  readonly usable: boolean;
  /** As a measure of the room: its level, or what takes the place of it where zeros came. */
  readonly roomDb: number;
}

/** The frames of the last ten seconds, and how long ago something was heard. */
export class FrameHistory {
  readonly #frames: KeptFrame[] = [];
  /** What the last frames say of the room, in no order. */
  readonly #room = new Float64Array(FLOOR_FRAMES).fill(Number.POSITIVE_INFINITY);
  readonly #frameSamples: number;
  #next = 0;
  #count = 0;
  #usable = 0;
  #sinceActive = 0;
  #voiceDb = -140;

  constructor(frameSamples: number) {
    this.#frameSamples = frameSamples;
  }

  /** Frames since the beginning. */
  get count(): number {
    return this.#count;
  }

  /** Usable ones since the beginning. */
  get usable(): number {
    return this.#usable;
  }

  /** Frames since the last active one, or since the beginning. */
  get sinceActive(): number {
    return this.#sinceActive;
  }

  /** The voice as it is now: falls by 5 dB a second, so that it outlasts the gaps between syllables. */
  get voiceDb(): number {
    return this.#voiceDb;
  }

  push(features: FrameFeatures): void {
    const roomDb = this.#roomDb(features);
    const active = features.voiceDb >= Math.min(roomDb, this.#floor()) + ACTIVE_ABOVE_FLOOR_DB;
    const frame = { ...features, active, usable: active && features.voiceDb >= USABLE_DB, roomDb };
    this.#room[this.#count % FLOOR_FRAMES] = roomDb;
    this.#frames[this.#next] = frame;
    this.#next = (this.#next + 1) % KEPT_FRAMES;
    this.#count += 1;
    if (frame.usable) this.#usable += 1;
    this.#sinceActive = active ? 0 : this.#sinceActive + 1;
    this.#voiceDb = Math.max(features.voiceDb, this.#voiceDb - 5 / FRAMES_PER_SECOND);
  }

  /** The frames of the last seconds, newest first; fewer at the beginning. */
  *last(seconds: number): Generator<KeptFrame> {
    const wanted = Math.min(this.#frames.length, Math.round(seconds * FRAMES_PER_SECOND));
    for (let back = 1; back <= wanted; back += 1) {
      const frame = this.#frames[(this.#next - back + KEPT_FRAMES) % KEPT_FRAMES];
      if (frame !== undefined) yield frame;
    }
  }

  /** The quietest frame of the last seconds. */
  #floor(): number {
    const room = this.#room;
    let floor = Number.POSITIVE_INFINITY;
    for (let at = 0; at < FLOOR_FRAMES; at += 1) {
      const level = room[at] as number;
      if (level < floor) floor = level;
    }
    return floor;
  }

  #roomDb({ voiceDb, flat }: FrameFeatures): number {
    return flat * 20 < this.#frameSamples ? voiceDb : Math.max(voiceDb, FLAT_FLOOR_DB);
  }
}
