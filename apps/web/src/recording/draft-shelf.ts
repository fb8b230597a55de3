import { signal, type Signal } from '@preact/signals';
import type { Clock } from '@earshot/base/clock.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { Earshot, MessageState } from '@earshot/client/earshot.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Recorder } from '@earshot/recorder/recorder.ts';
import { restsUntil } from '@earshot/recorder/resting.ts';
import type { Notices } from '../shell/notices.ts';
import type { Preferences } from '../shell/preferences.ts';
import type { Draft, Resting } from './recording.ts';
import { stopOf } from './stop.ts';
import { PACKETS_PER_SECOND } from './take-sound.ts';

/** The takes in the journal that wait for a decision, and the tidying of those that had one. */
export interface DraftShelf {
  readonly drafts: Signal<readonly Draft[]>;
  /** What was discarded and is kept for a while, the newest first. */
  readonly resting: Signal<readonly Resting[]>;
  read(): Promise<void>;
  /** This one is at hand: it is no draft meanwhile. Null: none is. */
  hold(take: Id | null): void;
  /** Somebody signed in, or nobody is any more: her drafts, and what an earlier run decided and did not carry through. */
  open(signedIn: boolean): void;
  /** Brings back what was discarded. */
  restore(take: Id): Promise<void>;
  /** The journal's copy goes only once the server has the message. */
  forgetWhenStored(message: Id): void;
}

interface Parts {
  readonly earshot: Pick<Earshot, 'outgoing' | 'messages'>;
  readonly recorder: () => Promise<Pick<Recorder, 'drafts' | 'readTake' | 'markSent' | 'undiscard' | 'forget' | 'sweep'>>;
  readonly notices: Notices;
  readonly clock: Clock;
  readonly preferences: Preferences;
}

export function createDraftShelf({ earshot, recorder, notices, clock, preferences }: Parts): DraftShelf {
  const drafts = signal<readonly Draft[]>([]);
  const resting = signal<readonly Resting[]>([]);
  let held: Id | null = null;
  const read = async (): Promise<void> => {
    const journal = await recorder();
    const found: Draft[] = [];
    const takes = await journal.drafts();
    resting.value = takes.filter(({ state }) => state === 'discarded').map(restingOf).toReversed();
    for (const take of takes) {
      if (take.open || take.take === held || take.state !== 'open') continue;
      // The outbox may have it although the journal was not told any more: a crash between the two.
      if ((await earshot.messages.get(take.take)) !== null) {
        await journal.markSent(take.take);
        continue;
      }
      const { peaks } = await journal.readTake(take.take);
      found.push({ take: take.take, conversation: take.conversation, started: take.started, seconds: take.packets / PACKETS_PER_SECOND, peaks, why: stopOf(preferences, take.take) });
    }
    drafts.value = found;
  };
  const forgetWhenStored = (message: Id): void => {
    const forget = async (): Promise<void> => {
      try {
        await earshot.outgoing.stored(message);
      } catch (error) {
        // Set aside, or given up by the person: the journal's copy stays, the server does not have it.
        if (error instanceof Failure) return;
        throw error;
      }
      await (await recorder()).forget(message);
    };
    forget().catch(notices.failed);
  };
  /** What was decided in an earlier run and not carried through. */
  const tidy = async (): Promise<void> => {
    const journal = await recorder();
    await journal.sweep(clock.now());
    for (const take of await journal.drafts()) {
      if (take.open) continue;
      if (take.state !== 'sent') continue;
      const message = await earshot.messages.get(take.take);
      if (message !== null && isThere(message.state)) await journal.forget(take.take);
      else if (message !== null) forgetWhenStored(take.take);
    }
  };
  return {
    drafts,
    resting,
    read,
    open: (signedIn) => {
      drafts.value = [];
      resting.value = [];
      if (signedIn) read().then(tidy).catch(notices.failed);
    },
    hold: (take) => {
      held = take;
      drafts.value = drafts.value.filter((draft) => draft.take !== take);
    },
    restore: async (take) => {
      held = null;
      await (await recorder()).undiscard(take);
      await read();
    },
    forgetWhenStored,
  };
}

function restingOf({ take, conversation, started, packets, changed }: Awaited<ReturnType<Recorder['drafts']>>[number]): Resting {
  return { take, conversation, started, seconds: packets / PACKETS_PER_SECOND, until: restsUntil({ changed }) };
}

const isThere = (state: MessageState): boolean => state.at === 'stored' || state.at === 'delivered' || state.at === 'heard';
