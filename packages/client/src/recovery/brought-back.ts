import type { Id } from '@earshot/base/ids.ts';

/** Which messages are brought back; all, unless it says less. */
export interface Choice {
  readonly message?: Id;
  readonly conversation?: Id;
  /** These come back although they were removed on purpose. */
  readonly removed?: readonly Id[];
  /** What the server does not know (any more) is put into this person's notes, with who said it and when. Only of use where all that the server has was fetched. */
  readonly lostToNotes?: boolean;
}

export interface BroughtBack {
  readonly restored: readonly { readonly log: Id; readonly message: Id }[];
  /** They are here already, and were not touched. */
  readonly here: number;
  /** Removed on purpose: they stay so until they are asked for by name. */
  readonly removed: number;
  /** The copy knows of them, and has no sound of them. */
  readonly silent: number;
  /** In numbers that the server has not given, or has given to something else, and not in one's notes: with their sound in the copy they can get there. */
  readonly unknown: number;
  /** What the copy has of them is not what was said. */
  readonly damaged: readonly Id[];
  /** Lists of the copy that cannot be read: nobody knows what they name, and nothing of it came back. */
  readonly unread: readonly string[];
  /** Said and not sent when the copy was made: in the outbox again, set aside until they are sent or given up. */
  readonly unsent: readonly { readonly log: Id; readonly message: Id }[];
  /** Of what the server does not know: in one's notes now. */
  readonly noted: readonly Id[];
}

/** What becomes of one of them. */
export type Verdict = 'restore' | Exclude<keyof BroughtBack, 'restored' | 'damaged' | 'unread' | 'unsent' | 'noted'>;
