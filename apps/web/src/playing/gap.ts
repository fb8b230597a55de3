/** Where nobody speaks, in seconds of the message; what is left of the pause before and after it is not in it. */
export interface Gap {
  readonly start: number;
  readonly end: number;
}

/** The gap that is being played at this second. */
export function gapAt(gaps: readonly Gap[], second: number): Gap | undefined {
  return gaps.find(({ start, end }) => second >= start && second < end);
}
