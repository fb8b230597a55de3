/** Where nobody speaks, in seconds of the message; what is left of the pause before and after it is not in it. */
export interface Gap {
  readonly start: number;
  readonly end: number;
}

/** A speaker rounds the place it goes to: sent to the end of a gap it may stand a hair before it, and is over it all the same. Seconds. */
const HAIR = 0.01;

/** The gap that is being played at this second. */
export function gapAt(gaps: readonly Gap[], second: number): Gap | undefined {
  return gaps.find(({ start, end }) => second >= start && second < end - HAIR);
}
