import type { OpenedEvent } from '../sealer.ts';
import type { EventRow } from './row.ts';

/** What was read is in the read model; only what was not is kept as it came. */
export function eventRow({ event, hash }: OpenedEvent, wasRead: boolean): EventRow {
  const { seq, at, person, envelope } = event;
  return !wasRead ? { ...event, hash } : { seq, at, person, envelope, hash };
}
