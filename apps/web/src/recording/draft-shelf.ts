import { signal, type Signal } from '@preact/signals';
import type { Clock } from '@earshot/base/clock.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { Earshot, Message } from '@earshot/client/earshot.ts';
import type { Recorder } from '@earshot/recorder/recorder.ts';
import { restsUntil } from '@earshot/recorder/resting.ts';
import type { Notices } from '../shell/notices.ts';
import type { Preferences } from '../shell/preferences.ts';
import { followDiscarding, type Journal, putAway, showDrafts, undecided } from './decided.ts';
import type { Draft, Resting } from './recording.ts';
import { createSentTakes, letRestIfGivenUp, tidySent } from './sent-takes.ts';
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
  /** Lets go for good of what was discarded. */
  letGo(take: Id): Promise<void>;
  /** The journal's copy of a take goes only once the server has its message, and rests when its person gives the message up. */
  forgetWhenStored(message: Id, take: Id): void;
  /** Whether this device has the recording of a message that is on its way: given up, it would rest. */
  keeps(message: Id): boolean;
}

interface Parts {
  readonly earshot: Pick<Earshot, 'outgoing' | 'messages' | 'drafts' | 'synced' | 'atLeast' | 'on'>;
  readonly recorder: () => Promise<Journal>;
  readonly notices: Notices;
  readonly clock: Clock;
  readonly preferences: Preferences;
  /** What this one is called on the person's other devices. */
  readonly deviceName: string;
}

export function createDraftShelf({ earshot, recorder, notices, clock, preferences, deviceName }: Parts): DraftShelf {
  const drafts = signal<readonly Draft[]>([]);
  const resting = signal<readonly Resting[]>([]);
  let held: Id | null = null;
  const readNow = async (): Promise<void> => {
    const journal = await recorder();
    await followDiscarding(earshot, journal, held);
    const takes = await journal.drafts();
    resting.value = takes.filter(({ state }) => state === 'discarded').map(restingOf).toReversed();
    const found = await undecided(earshot, journal, takes.filter((one) => !one.open && one.take !== held && one.state === 'open'));
    drafts.value = found.filter(({ take }) => take !== held).map((draft) => ({ ...draft, why: stopOf(preferences, draft.take) }));
  };
  // One after the other: an earlier look never covers a later one.
  let reading = Promise.resolve();
  const read = (): Promise<void> => (reading = reading.then(readNow, readNow));
  const settle = async (take: Id, message: Message): Promise<void> => {
    if (!(await putAway(await recorder(), take, message))) await read();
  };
  const sent = createSentTakes({
    earshot,
    journal: recorder,
    failed: notices.failed,
    stored: async (id, take) => {
      const message = await earshot.messages.get(id);
      if (message !== null) await settle(take, message);
    },
    rests: read,
  });
  /** What was decided in an earlier run and not carried through. */
  const tidy = async (): Promise<void> => {
    const journal = await recorder();
    // By the clock of this device, which said when it was discarded, and no earlier than at the server: one that is put forward for a while ends nothing.
    await journal.sweep(Math.min(clock.now(), earshot.atLeast()));
    const lost = await tidySent(earshot, journal, sent, settle);
    if (lost.length > 0) void notices.attempt(async () => (await letRestIfGivenUp(earshot, journal, lost)) && read());
  };
  const show = async (): Promise<void> => showDrafts(earshot, await recorder(), drafts.value, deviceName);
  earshot.on((happening) => {
    const mine = happening.type === 'changed' && drafts.value.some(({ take }) => take === happening.message);
    if (mine || happening.type === 'drafts') read().catch(notices.failed);
  });
  return {
    drafts,
    resting,
    read,
    open: (signedIn) => {
      drafts.value = [];
      resting.value = [];
      sent.leave();
      if (signedIn) read().then(tidy).then(show).catch(notices.failed);
    },
    hold: (take) => {
      held = take;
      drafts.value = drafts.value.filter((draft) => draft.take !== take);
    },
    restore: async (take) => {
      held = null;
      const journal = await recorder();
      await journal.undiscard(take);
      await read();
      // The others put it away when it was discarded.
      await showDrafts(earshot, journal, drafts.value.filter((draft) => draft.take === take), deviceName);
    },
    letGo: async (take) => {
      await (await recorder()).forget(take);
      await read();
    },
    forgetWhenStored: sent.follow,
    keeps: sent.keeps,
  };
}

function restingOf({ take, conversation, started, packets, changed }: Awaited<ReturnType<Recorder['drafts']>>[number]): Resting {
  return { take, conversation, started, seconds: packets / PACKETS_PER_SECOND, until: restsUntil({ changed }) };
}
