import { signal, type ReadonlySignal } from '@preact/signals';
import type { Id } from '@earshot/base/ids.ts';
import type { SendDetails } from '@earshot/client/earshot.ts';

/** Seconds after it was heard until what is sent into a conversation ends; null: it stays. */
export interface Lasts {
  readonly conversation: Id;
  readonly seconds: number | null;
}

/** Nothing where nobody chose: what is in force in the conversation then holds. */
export type ChosenExpiry = Pick<SendDetails, 'expiry'>;

/** How long the next message stays, where somebody chose that for it alone: be it spoken, a file, or what another device recorded. */
export interface NextLasts {
  /** Null: as is usual there. */
  readonly lasts: ReadonlySignal<Lasts | null>;
  choose(lasts: Lasts | null): void;
  /** `send` has what was chosen, and no message after it has; where it rejects nothing was sent, and the choice stands again. */
  spend<T>(conversation: Id, send: (chosen: ChosenExpiry) => Promise<T>): Promise<T>;
  /** The person has left, and her choice with her. */
  leave(): void;
}

export function createNextLasts(): NextLasts {
  const lasts = signal<Lasts | null>(null);
  let whose = {};
  return {
    lasts,
    choose: (to) => void (lasts.value = to),
    spend: async (conversation, send) => {
      const [mine, hers] = [lasts.value, whose];
      if (mine?.conversation !== conversation) return await send({});
      lasts.value = null;
      try {
        return await send({ expiry: mine.seconds });
      } catch (error) {
        // What was chosen meanwhile is the later word.
        if (hers === whose) lasts.value ??= mine;
        throw error;
      }
    },
    leave: () => {
      whose = {};
      lasts.value = null;
    },
  };
}
