import type { Id } from '@earshot/base/ids.ts';

/** An event that changed for those who can read it. */
export interface ChangedEvent {
  readonly log: Id;
  readonly seq: number;
  readonly readers: readonly Id[];
}

/** Who holds which message. Bytes stay as long as somebody does: a present member who may read it, for whom it has not ended and who did not let it go. */
export interface KeepingStore {
  /** Idempotent; what names no message that the person can read is passed over. Null when she may read nothing in this log. */
  letGo(command: { readonly person: Id; readonly log: Id; readonly messages: readonly Id[]; readonly forGood: boolean; readonly at: number }): Promise<readonly ChangedEvent[] | null>;
  /** Whether this person holds a message with these bytes: that she may read them, or sent them, keeps nothing from going. */
  holds(person: Id, blob: Id, at: number): Promise<boolean>;
  /** Takes away what has ended for everybody by `now`, and what rests since before `restsSince`. At most `most` at once; `more` when there may be others. */
  sweep(now: number, restsSince: number, most: number): Promise<{ readonly changed: readonly ChangedEvent[]; readonly more: boolean }>;
}
