import { Failure } from '@earshot/protocol/failures.ts';
import type { Found, PlaceName } from '../earshot-recovery.ts';
import type { MessageRow } from '../replica/row.ts';

/**
 * One place where the sound of a message could still be.
 *
 * Laws
 * 1. `look` says what is so: `has` only after what is there was held to its hash, or whoever has it said so; what could not be looked at is `unknown`.
 * 2. `bring` resolves with true when the sound is on this device and whole, or about to be: what rests comes back with the next event. Where it is not to be had from there it resolves with false, and nothing changed but that what was deleted is in its place again.
 */
export interface Place {
  readonly name: PlaceName;
  look(row: MessageRow): Promise<Found>;
  bring(row: MessageRow): Promise<boolean>;
}

/** The map: what each place says. One that cannot be asked now is unknown. */
export async function lookEverywhere(places: readonly Place[], row: MessageRow): Promise<Found[]> {
  return await Promise.all(places.map(async (place) => await passing(place.look(row), unknown(place.name))));
}

/** Tries one place after the other, in their order, and stops at the first that has it. Null when none does, or none that can be asked now. */
export async function bringFrom(places: readonly Place[], row: MessageRow): Promise<PlaceName | null> {
  for (const place of places) if (await passing(place.bring(row), false)) return place.name;
  return null;
}

export function has(place: PlaceName, until: number | null = null): Found {
  return { place, state: 'has', until };
}

export function hasNot(place: PlaceName): Found {
  return { place, state: 'has-not', until: null };
}

export function unknown(place: PlaceName): Found {
  return { place, state: 'unknown', until: null };
}

/** A place that fails is not the end of the search. */
export async function passing<T>(work: Promise<T>, instead: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Failure) return instead;
    throw error;
  }
}
