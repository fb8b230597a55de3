import { signal, type ReadonlySignal } from '@preact/signals';

/** Where a newer version of the app stands: it waits for its person, takes over because she asked, or is kept from it by the older one. */
export type Stage = 'none' | 'ready' | 'asked' | 'held-up';

/** A newer version of the app waits until a person wants it. Nothing reloads by itself. */
export interface Update {
  readonly stage: ReadonlySignal<Stage>;
  /** Hands over to the new version and opens the page again; but not in the middle of what began meanwhile: `free` is asked when it would. */
  apply(free: () => boolean): void;
}

export const noUpdate: Update = { stage: signal('none'), apply: () => undefined };
