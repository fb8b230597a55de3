import { isFailureCode, type FailureCode } from '@earshot/protocol/failures.ts';
import type { Preferences } from '../shell/preferences.ts';
import type { Words } from '../words/words.ts';

/** What ended a recording other than the person's wish: what the recorder named, the end of the page, or signing out. */
export type Stop = FailureCode | 'page' | 'signed-out';

const name = (take: string): string => `stopped.${take}`;

/** Remembers it over the end of the page; null forgets it. A page that dies writes nothing any more, so 'page' is noted at the start. */
export function noteStop(preferences: Preferences, take: string, stop: Stop | null): void {
  preferences.write(name(take), stop);
}

export function stopOf(preferences: Preferences, take: string): Stop | null {
  const said = preferences.read(name(take));
  if (said === 'page' || said === 'signed-out') return said;
  return isFailureCode(said) ? said : null;
}

export function stopSentence(stop: Stop, words: Words): string {
  if (stop === 'page' || stop === 'signed-out') return words.t(`stop.${stop}`);
  const { cause, next } = words.failure(stop);
  return `${cause} ${next}`;
}
