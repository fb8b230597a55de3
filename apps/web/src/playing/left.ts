import type { Id } from '@earshot/base/ids.ts';
import type { Preferences } from '../shell/preferences.ts';

/**
 * Where one was in a message when the page was left. A reload leaves a page no time to reach the replica, which answers later; this
 * is written at once, for this device alone, and counts only while the replica still says what it said before.
 */
const LEFT = 'left';

export function noteLeft(preferences: Preferences, message: Id, before: number, seconds: number): void {
  preferences.write(LEFT, `${message} ${before} ${seconds}`);
}

/** The place that was left of this message, if nothing was kept of it since. */
export function readLeft(preferences: Preferences, message: Id, known: number): number | null {
  const [of, before, seconds] = preferences.read(LEFT)?.split(' ') ?? [];
  return of === message && Number(before) === known ? Number(seconds) : null;
}

/** Of this message, or whichever it is. */
export function forgetLeft(preferences: Preferences, message?: Id): void {
  if (message === undefined || preferences.read(LEFT)?.startsWith(`${message} `) === true) preferences.write(LEFT, null);
}
