import { Failure } from '@earshot/protocol/failures.ts';
import type { EventSealer } from '../sealer.ts';
import type { OutboxRow } from './row.ts';

/** What the refusal of a row comes to: that its conversation is there already is as it should be only where it is the one that was meant. */
export async function meaningOf({ event, owner }: OutboxRow, refusal: Failure, events: EventSealer): Promise<Failure> {
  if (refusal.code !== 'event.conflict' || event?.envelope.class !== 'create') return refusal;
  try {
    await events.refused(event.envelope.log, refusal, owner);
    return refusal;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}
