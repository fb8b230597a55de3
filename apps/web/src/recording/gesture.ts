/**
 * What a finger on the record button means. Pure: positions and times come in, decisions come out.
 *
 * A short press starts hands-free recording. A long one records while it lasts: release sends, up locks, left discards. If the
 * system takes the finger away (a call, a swipe from the edge), recording goes on hands-free: only a person ends it.
 */
export interface Press {
  readonly x: number;
  readonly y: number;
  /** Milliseconds. */
  readonly at: number;
}

export type Decision = 'none' | 'lock' | 'discard' | 'send' | 'hands-free';

/** A press shorter than this is a tap. */
export const TAP = 400;
/** How far to slide, in CSS pixels: clearly meant, and still within a thumb's reach. */
export const SLIDE_LEFT = 96;
export const SLIDE_UP = 80;

export function onMove(press: Press, x: number, y: number): Decision {
  const left = press.x - x;
  const up = press.y - y;
  if (left >= SLIDE_LEFT && left > up) return 'discard';
  if (up >= SLIDE_UP && up > left) return 'lock';
  return 'none';
}

/** `capturing`: whether sound arrives already. A finger that leaves to answer the browser's question is not done speaking. */
export function onRelease(press: Press, at: number, capturing: boolean): Decision {
  return at - press.at < TAP || !capturing ? 'hands-free' : 'send';
}

/** How far a slide has come, 0 to 1, for the hints that follow the finger. */
export function slideShare(press: Press, x: number, y: number): { left: number; up: number } {
  const share = (distance: number, whole: number): number => Math.min(1, Math.max(0, distance / whole));
  return { left: share(press.x - x, SLIDE_LEFT), up: share(press.y - y, SLIDE_UP) };
}
