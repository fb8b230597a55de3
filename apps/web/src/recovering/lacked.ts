import type { Id } from '@earshot/base/ids.ts';
import type { Preferences } from '../shell/preferences.ts';
import type { Lacking } from './backing-up.ts';

const nameFor = (person: Id): string => `backup.lacked.${person}`;

/** Keeps what the last backup lacked for whoever looks later: of one that is made by itself nobody is told. */
export function noteLacked(preferences: Preferences, person: Id, lacking: Lacking): void {
  const { damaged, missing, crowded } = lacking;
  preferences.write(nameFor(person), damaged + missing === 0 && !crowded ? null : JSON.stringify({ damaged, missing, crowded }));
}

/** Null: it lacked nothing. */
export function lacked(preferences: Preferences, person: Id): Lacking | null {
  const noted = preferences.read(nameFor(person));
  return noted === null ? null : (JSON.parse(noted) as Lacking);
}
