const SECOND = 1_000;
const HOUR = 3_600_000;
/** A timer of a browser ends at once when it is set to more than 24 days. */
const DAY = 24 * HOUR;

/** The last hour of a message is counted down. `left`: milliseconds until it goes. */
export function isCountedDown(left: number): boolean {
  return left <= HOUR;
}

/** How long until what is said of it is another thing: every second while it is counted down, else when that begins. */
export function untilNextLook(left: number): number {
  return isCountedDown(left) ? SECOND : Math.min(left - HOUR, DAY);
}
