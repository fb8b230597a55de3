import type { Id } from '@earshot/base/ids.ts';
import type { Earshot, Message } from '@earshot/client/earshot.ts';
import type { TakeRecord, TakeSummary } from '@earshot/recorder/journal/journal.ts';
import type { Recorder } from '@earshot/recorder/recorder.ts';
import type { Draft } from './recording.ts';
import { createRelay } from './relay.ts';
import { detailsOf, PACKETS_PER_SECOND } from './take-sound.ts';

/** What was decided about takes elsewhere or earlier, brought to this device's journal; and what this device has to tell of them. */

export type Journal = Pick<Recorder, 'drafts' | 'readTake' | 'markSent' | 'discard' | 'undiscard' | 'forget' | 'sweep'>;

/** What was discarded on another device rests here, but for the take at hand. */
export async function followDiscarding(earshot: Pick<Earshot, 'drafts'>, journal: Journal, held: Id | null): Promise<void> {
  const discarded = await earshot.drafts.discarded();
  if (discarded.length === 0) return;
  for (const { take, open, state } of await journal.drafts()) {
    if (!discarded.includes(take) || open || take === held) continue;
    if (state === 'open') await journal.discard(take);
    const rests = await earshot.drafts.follow(take);
    if (!rests && state === 'open') await journal.undiscard(take);
  }
}

/** Those of the takes that nobody has decided about. What was sent without the journal being told, from another device or before a crash, is noted there. */
export async function undecided(earshot: Pick<Earshot, 'messages'>, journal: Journal, takes: readonly TakeSummary[]): Promise<Omit<Draft, 'why'>[]> {
  const found: Omit<Draft, 'why'>[] = [];
  for (const { take, conversation, started, packets } of takes) {
    const record = await journal.readTake(take);
    const message = await earshot.messages.get(take);
    if (message !== null && holds(message, record)) await journal.markSent(take);
    else found.push({ take, conversation, started, seconds: packets / PACKETS_PER_SECOND, peaks: record.peaks });
  }
  return found;
}

/** What ended in an earlier run, or without a session, is shown on the other devices as well. */
export async function showDrafts(earshot: Pick<Earshot, 'outgoing'>, journal: Journal, drafts: readonly Draft[], deviceName: string): Promise<void> {
  for (const { take, conversation } of drafts) {
    const record = await journal.readTake(take);
    createRelay(earshot.outgoing, take, conversation, record).rest(record.packets.length, detailsOf(record), deviceName);
  }
}

/**
 * The server has the message of a take: the journal's copy goes. Resolves to false where another device sent less than is here: then
 * it is a draft again.
 */
export async function putAway(journal: Journal, take: Id, message: Message): Promise<boolean> {
  const whole = message.id !== take || message.kept !== null || holds(message, await journal.readTake(take));
  await (whole ? journal.forget(take) : journal.undiscard(take));
  return whole;
}

/** Ending a take that rested adds what its encoder held back: less than this, in samples at 48 kHz, and nothing that was said. */
const HELD_BACK = 4_800;

/** Whether a message is all of a take; one that was taken back was. */
export function holds({ removed, samples }: Message, record: TakeRecord): boolean {
  return removed !== null || samples + HELD_BACK >= detailsOf(record).samples;
}
