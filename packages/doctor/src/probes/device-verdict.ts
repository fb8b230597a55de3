import type { AnswerOf } from './catalogue.ts';

/** Bytes that a browser still gives this app. A minute of recording takes 200 KB. */
const FULL = 5_000_000;
const LOW = 200_000_000;

export function judgeRoom(freeBytes: number): AnswerOf<'storage-room'> {
  if (freeBytes < FULL) return 'full';
  return freeBytes < LOW ? 'low' : 'enough';
}

/** Beyond this certificates of a few days and the times shown become wrong. Milliseconds. */
const CLOCK_OFF = 120_000;

/** `ahead`: milliseconds by which the device's clock is before the server's. */
export function judgeClock(ahead: number): AnswerOf<'clock'> {
  if (Math.abs(ahead) <= CLOCK_OFF) return 'right';
  return ahead > 0 ? 'ahead' : 'behind';
}

/** Names that wireless microphones have; makers write what they like, so this is a hint and no more. */
const WIRELESS = /bluetooth|wireless|hands-?free|headset|air ?pods?|buds|\bbt\b|jabra|galaxy buds|soundcore|wh-\d|wf-\d/i;

export function judgeMicrophone(label: string, before: string | null): AnswerOf<'microphone-in-use'> {
  if (label === '') return 'unknown';
  if (before !== null && before !== label) return 'other';
  return WIRELESS.test(label) ? 'wireless' : 'same';
}
