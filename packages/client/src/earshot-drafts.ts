import type { Id } from '@earshot/base/ids.ts';
import type { SendDetails } from './earshot.ts';

/** What another device of this person recorded and has not sent. */
export interface Draft {
  /** Sending it makes the message of this id, on whichever device. */
  readonly take: Id;
  readonly conversation: Id;
  /** When it began, by the clock of the device that recorded it. */
  readonly made: number;
  /** What that device is called. */
  readonly device: string;
  readonly seconds: number;
  readonly waveform: Uint8Array;
}

/** `until`: when it goes for good, by the server's clock. */
export interface RestingDraft extends Draft {
  readonly until: number;
}

/** Drafts of this person's other devices. What this one recorded is with its recorder, but for what was discarded here and brought back elsewhere. */
export interface DraftsFace {
  /** The newest first. */
  list(): Promise<Draft[]>;
  /** The Ogg Opus file, checked against its hash; from this device when it is here, else fetched and kept. */
  audio(take: Id): Promise<Uint8Array<ArrayBuffer>>;
  /** Decides to send, as it is shown here. Idempotent; sent on two devices it is one message. `expiry` as in `SendDetails`. */
  send(take: Id, chosen?: Pick<SendDetails, 'expiry'>): Promise<Id>;
  /** Ends it everywhere; it rests on this device, and on the one that recorded it like what is discarded there: that one may be lost. */
  discard(take: Id): Promise<void>;
  /** What was discarded on this device and can be brought back, the newest act first. */
  resting(): Promise<RestingDraft[]>;
  /** Shows it on all devices again. Rejects with `message.rested`. */
  restore(take: Id): Promise<void>;
  /** It rests on this device no longer. */
  forget(take: Id): Promise<void>;
  /** Takes of this device that were discarded on another: whoever recorded them has to follow. */
  discarded(): Promise<Id[]>;
  /** Gives one of these up here as well. Resolves to false where it was brought back meanwhile, and goes on. */
  follow(take: Id): Promise<boolean>;
}
