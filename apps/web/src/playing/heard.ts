/** Part of a message's seconds that must have been played before it counts as heard. */
export const HEARD_SHARE = 0.9;

/** So much before the end must have been played in one go for the end to be reached by playing. A message gone on with has at least that left. Seconds. */
const RUN_UP = 0.9;
/** Browsers tell where a stretch begins and ends, and how long a file is, no finer than this. Seconds. */
const NEAR = 0.25;

/** Stretches that were really played, as media elements report them: in order, not overlapping, in seconds of the message. */
export type Stretches = readonly (readonly [start: number, end: number])[];

/**
 * Heard means seconds really played: nine tenths of them, or the end reached by playing. Jumping to the end plays nothing, and
 * opening a conversation even less. Pauses that were left out are neither missed nor played. `end` is told once the player came to
 * it: the player says so as well when somebody jumped there.
 */
export function isHeard(played: Stretches, leftOut: Stretches, length: number, end: number | null): boolean {
  const seconds = secondsPlayed(played);
  if (seconds > 0 && seconds >= (length - secondsPlayed(leftOut)) * HEARD_SHARE) return true;
  return end !== null && playedUpTo(end, played, leftOut) >= RUN_UP;
}

export function secondsPlayed(played: Stretches): number {
  return played.reduce((sum, [start, end]) => sum + Math.max(0, end - start), 0);
}

/** Seconds that were played in one go before this one; a pause that was left out is none. */
function playedUpTo(end: number, played: Stretches, leftOut: Stretches): number {
  const stretches = [...played.map(([from, to]) => ({ from, to, seconds: to - from })), ...leftOut.map(([from, to]) => ({ from, to, seconds: 0 }))];
  let [at, seconds] = [end, 0];
  for (const one of stretches.toSorted((a, b) => b.to - a.to)) {
    if (one.to < at - NEAR) break;
    at = Math.min(at, one.from);
    seconds += one.seconds;
  }
  return seconds;
}
