/**
 * What a finger on a waveform means. Pure: places come in, decisions come out.
 *
 * It may be about to scroll what the waveform stands in, so nothing is sought when it comes down: only when it taps, or once it
 * clearly draws along. A scroll is the browser's, which takes the finger away then.
 */
export interface Finger {
  readonly x: number;
  readonly y: number;
  /** Whether it goes along the waveform by now. */
  readonly draws: boolean;
}

/** A finger that holds still comes less far than this. CSS pixels. */
export const STILL = 16;

export function onDown(x: number, y: number): Finger {
  return { x, y, draws: false };
}

export function onMove(finger: Finger, x: number, y: number): Finger {
  const along = Math.abs(x - finger.x);
  const across = Math.abs(y - finger.y);
  return finger.draws || along < STILL || along < across ? finger : { ...finger, draws: true };
}

/** Lifted where it came down. What was drawn was followed already, and a finger that went away means nothing any more. */
export function isTap(finger: Finger, x: number, y: number): boolean {
  return !finger.draws && Math.hypot(x - finger.x, y - finger.y) < STILL;
}
