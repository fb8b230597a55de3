/** Part of a message's seconds that must have been played before it counts as heard. */
export const HEARD_SHARE = 0.9;

/** Stretches that were really played, as media elements report them: in order, not overlapping, in seconds of the message. */
export type Stretches = readonly (readonly [start: number, end: number])[];

/**
 * Heard means seconds really played: nine tenths of them, or the end reached by playing. Jumping to the end plays nothing, and
 * opening a conversation even less.
 */
export function isHeard(played: Stretches, length: number, ended: boolean): boolean {
  const seconds = secondsPlayed(played);
  return seconds > 0 && (ended || seconds >= length * HEARD_SHARE);
}

export function secondsPlayed(played: Stretches): number {
  return played.reduce((sum, [start, end]) => sum + Math.max(0, end - start), 0);
}
