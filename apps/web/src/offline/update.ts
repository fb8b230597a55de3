import { signal, type ReadonlySignal } from '@preact/signals';

/** A newer version of the app waits until a person wants it. Nothing reloads by itself. */
export interface Update {
  readonly ready: ReadonlySignal<boolean>;
  /** Hands over to the new version and opens the page again. */
  apply(): void;
}

export const noUpdate: Update = { ready: signal(false), apply: () => undefined };
