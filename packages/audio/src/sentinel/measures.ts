import type { FrameHistory, KeptFrame } from './frame-history.ts';
import {
  BAND_DENSITY_DB, BAND_WINDOW_S, CLIPPING_CLEAR_S, CLIPPING_WINDOW_S, QUIET_LATER_WINDOW_S, QUIET_WINDOW_S,
} from './limits.ts';

export interface ClippingMeasure {
  /** Of all samples in the last second, and in the last three. */
  readonly share: number;
  readonly longShare: number;
  /** Frames of the last second with clipped samples. */
  readonly frames: number;
}

export interface LevelMeasure {
  /** Active frames in the last 2 s and 10 s; usable ones in the same. */
  readonly active: number;
  readonly usable: number;
  readonly activeLater: number;
  readonly usableLater: number;
  /** The deepest fall within the last 2 s, dB. */
  readonly fallDb: number;
  /** The level that nine in ten of the active frames of the last 2 s do not reach, dBFS. */
  readonly loudDb: number;
  /** Usable frames since the beginning. */
  readonly everUsable: number;
  /** Seconds since the last active frame, or since the beginning. */
  readonly emptySeconds: number;
  /** The loudest frame of the last 10 s, dBFS. */
  readonly peakDb: number;
}

/** How the spectrum falls behind an edge, in the frames that can tell. */
export interface EdgeMeasure {
  readonly frames: number;
  /** dB: exceeded by four frames in five, and by one in two. */
  readonly leastDb: number;
  readonly medianDb: number;
}

export function measureClipping(history: FrameHistory, frameSamples: number): ClippingMeasure {
  const last = [...history.last(CLIPPING_WINDOW_S)];
  const longer = [...history.last(CLIPPING_CLEAR_S)];
  const share = (frames: readonly KeptFrame[]): number => frames.reduce((sum, { clipped }) => sum + clipped, 0) / (frames.length * frameSamples || 1);
  return { share: share(last), longShare: share(longer), frames: count(last, ({ clipped }) => clipped > 0) };
}

export function measureLevel(history: FrameHistory, seconds: number): LevelMeasure {
  const last = [...history.last(QUIET_WINDOW_S)];
  const longer = [...history.last(QUIET_LATER_WINDOW_S)];
  const levels = last.filter(({ active }) => active).map(({ voiceDb }) => voiceDb).sort(ascending);
  return {
    active: levels.length, usable: count(last, ({ usable }) => usable),
    activeLater: count(longer, ({ active }) => active), usableLater: count(longer, ({ usable }) => usable),
    fallDb: deepestFall(last), loudDb: quantile(levels, 0.9), everUsable: history.usable, emptySeconds: seconds,
    peakDb: longer.reduce((loudest, { voiceDb }) => Math.max(loudest, voiceDb), -140),
  };
}

export function measureEdge(history: FrameHistory, pick: (frame: KeptFrame) => { below: number; fall: number }): EdgeMeasure {
  const falls: number[] = [];
  for (const frame of history.last(BAND_WINDOW_S)) {
    const { below, fall } = pick(frame);
    if (below >= BAND_DENSITY_DB) falls.push(fall);
  }
  falls.sort(ascending);
  return { frames: falls.length, leastDb: quantile(falls, 0.2), medianDb: quantile(falls, 0.5) };
}

/** From a frame to a later one, dB; the newest comes first. */
function deepestFall(frames: readonly KeptFrame[]): number {
  let [lowest, deepest] = [Number.POSITIVE_INFINITY, 0];
  for (const { roomDb } of frames) {
    deepest = Math.max(deepest, roomDb - lowest);
    lowest = Math.min(lowest, roomDb);
  }
  return deepest;
}

function count(frames: readonly KeptFrame[], which: (frame: KeptFrame) => boolean): number {
  return frames.reduce((sum, frame) => sum + (which(frame) ? 1 : 0), 0);
}

/** Of sorted values; 0 of none. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

function ascending(a: number, b: number): number {
  return a - b;
}
