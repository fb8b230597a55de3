import { backoff } from '@earshot/base/backoff.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import type { EventClass } from '@earshot/protocol/envelope.ts';
import type { PushAnswer } from './push.ts';

/**
 * Whom to wake, when, and when to stop trying: all the decisions of web push, and nothing else.
 *
 *     event ─ concerned ─▶ pending ─ look ─▶ sent ─ afterwards ─▶ done
 *                             ▲       │ ╲                │ ╲
 *                             └─ wait ┘  dropped   again ┘  removed
 *
 * 1. Only a voice wakes: no receipt, title, setting or change of members does.
 * 2. Nobody is woken by herself, by whom she blocked, or by a conversation that the device said shall be silent.
 * 3. A device has at most one wake pending; a later event joins it.
 * 4. A device that says it holds the message is not woken. One that is connected gets time to say so.
 * 5. No answer of a push service loses a wake, until the subscription itself is gone or was refused for `wakePatience`.
 *
 * What the server cannot know, because it is sealed: who speaks how long about what; whether it was heard on another device;
 * whether the conversation is muted on a device that has not said so yet.
 */

/** A device of a member that has a subscription. */
export interface Candidate {
  readonly device: Id;
  readonly person: Id;
  /** The device does not want to be woken by this conversation. */
  readonly silent: boolean;
  /** The person has blocked who speaks. */
  readonly blocked: boolean;
}

export function concerned(event: { readonly class: EventClass; readonly person: Id }, candidates: () => readonly Candidate[]): readonly Id[] {
  if (event.class !== 'message') return [];
  return candidates().filter(({ person, silent, blocked }) => person !== event.person && !silent && !blocked).map(({ device }) => device);
}

export interface PendingWake {
  /** Since when there has been something that the device does not hold. */
  readonly asked: number;
  /** The device says that it holds the last message that asked for it. */
  readonly held: boolean;
  /** Failed attempts in a row. */
  readonly tries: number;
}

export type Look = { readonly do: 'send' | 'drop' } | { readonly do: 'wait'; readonly until: number };

export function look(wake: PendingWake, { connected, now, grace }: { readonly connected: boolean; readonly now: number; readonly grace: number }): Look {
  if (wake.held) return { do: 'drop' };
  return connected && now < wake.asked + grace ? { do: 'wait', until: wake.asked + grace } : { do: 'send' };
}

const RETRY = { first: 5_000, longest: 3_600_000 };
/** Whatever a push service asks for, a day later one may look again. */
const LONGEST_ASKED = 86_400_000;

export type Afterwards = { readonly do: 'done' } | { readonly do: 'remove' } | { readonly do: 'again'; readonly at: number };

export function afterwards(wake: PendingWake, answer: PushAnswer, { now, random, patience }: { readonly now: number; readonly random: Random; readonly patience: number }): Afterwards {
  switch (answer.kind) {
    case 'accepted': return { do: 'done' };
    case 'gone': return { do: 'remove' };
    case 'failed': {
      if (now - wake.asked >= patience) return { do: 'remove' };
      const asked = Math.min(answer.retryAfter ?? 0, LONGEST_ASKED);
      return { do: 'again', at: now + Math.max(asked, backoff(RETRY, wake.tries + 1, random)) };
    }
  }
}
