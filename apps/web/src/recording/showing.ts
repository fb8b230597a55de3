import type { Clock } from '@earshot/base/clock.ts';
import { type Id, makeId } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import type { Earshot } from '@earshot/client/earshot.ts';
import type { Recorder } from '@earshot/recorder/recorder.ts';
import { createRelay, type Relay } from './relay.ts';
import { detailsOf } from './take-sound.ts';

/** The take at hand and the person's other devices: what they see of it, and what they made of it. */
export interface Showing {
  /** Shows it unless it stirs within so many milliseconds. */
  soon(after: number): void;
  /** Whether it was sent or discarded there. */
  decided(take: Id): Promise<boolean>;
  /** How it is sent. Where another device sent what there was of it then, what is here becomes a message of its own. */
  relayOf(taken: Taken): Promise<Relay>;
}

export interface Taken {
  readonly take: Id;
  readonly conversation: Id;
  readonly relay: Relay;
}

export interface ShowingParts {
  readonly earshot: Pick<Earshot, 'outgoing' | 'messages' | 'drafts'>;
  readonly recorder: () => Promise<Recorder>;
  readonly clock: Clock;
  readonly random: Random;
  /** What this one is called on the others. */
  readonly deviceName: string;
}

/** `atRest` gives the take at hand while it is not being recorded; `behind` puts work behind the verbs that still run. */
export function createShowing({ earshot, recorder, clock, random, deviceName }: ShowingParts, atRest: () => Taken | null, behind: (work: () => Promise<void>) => void): Showing {
  let stirs = 0;
  return {
    soon: (after) => {
      stirs += 1;
      const mine = stirs;
      const show = async (): Promise<void> => {
        const taken = mine === stirs ? atRest() : null;
        if (taken === null) return;
        const record = await (await recorder()).readTake(taken.take);
        taken.relay.rest(record.packets.length, detailsOf(record), deviceName);
      };
      void clock.sleep(after).then(() => behind(show));
    },
    decided: async (take) => (await earshot.messages.get(take)) !== null || (await earshot.drafts.discarded()).includes(take),
    relayOf: async ({ take, conversation, relay }) => {
      if ((await earshot.messages.get(take)) === null) return relay;
      return createRelay(earshot.outgoing, makeId(random), conversation, await (await recorder()).readTake(take));
    },
  };
}
