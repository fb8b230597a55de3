import type { Id } from '@earshot/base/ids.ts';
import type { BroughtBack, Choice } from './recovery/brought-back.ts';
import type { CopyReader } from './recovery/copy-format.ts';
import type { OwnCopy } from './recovery/own-copy.ts';

/** Backups of what a person can read; finding and bringing back what is missing. */
export interface RecoveryFace {
  /**
   * Where the sound of a message could still be: what each place says now. `backups` are those that can be opened, the newest first; of the others it is
   * unknown what they hold. Whatever is said to be there was held to its hash; a place that can only be asked said so.
   */
  where(message: Id, backups?: readonly OpenedBackup[]): Promise<Found[]>;
  /**
   * Tries the places in their order, the cheapest first, and stops at the first that has it; null when none has. Other people are not asked by it.
   * The bytes are held to their hashes and take their old place.
   */
  fetch(message: Id, backups?: readonly OpenedBackup[]): Promise<PlaceName | null>;
  /** Asks the others of the conversation for it. Resolves when that is in the outbox; when somebody gives it, it comes by itself. Rejects with `message.removed` or `message.expired` where a notice is in its place. */
  askFor(message: Id): Promise<void>;
  /** Messages that others ask this person for, which nobody has answered yet, she herself as little where her answer waits to be sent. */
  asked(): Promise<Asked[]>;
  /** Gives it to who asked, once, however often it is called meanwhile. False when this device does not have it either, which they are told too. */
  answer(message: Id): Promise<boolean>;
  /** Answers this person's other devices, which look for something. */
  answerDevices(): Promise<void>;
  /** Brings the sound that this device waits for, or did not get, as far as it can be had now. */
  gather(): Promise<void>;
  /**
   * Everything that this person can read on this device, as files of this moment: what a backup keeps. Sound that room was freed of comes from the server while
   * it is read, and is not kept here; sound that is nowhere else any more, out of backups of before (`earlier`, the newest first).
   */
  copy(earlier?: readonly CopyReader[]): Promise<OwnCopy>;
  /** Lays what a backup holds back into its old place. Only what is missing comes back; cut off, it goes on when it is begun again. */
  bringBack(reader: CopyReader, choice: Choice, progress?: (done: number, files: number) => void): Promise<BroughtBack>;
  /** The backups that were made on this device. */
  backups(): Promise<KnownBackup[]>;
  /** A backup of this person's was begun, made, or read back. Rejects with `session.missing` when she is not signed in here any more: it would be told to whoever comes next. */
  remember(person: Id, backup: KnownBackup): Promise<void>;
}

/** In the order in which they are tried. */
export type PlaceName = 'rest' | 'device' | 'server' | 'own-devices' | 'backup' | 'people';

export interface Found {
  readonly place: PlaceName;
  readonly state: 'has' | 'has-not' | 'unknown';
  /** Until when it is there, milliseconds since 1970; null while no end is set. */
  readonly until: number | null;
}

/** Somebody asks for a message that she lost. */
export interface Asked {
  readonly message: Id;
  readonly conversation: Id;
  readonly by: Id;
  readonly at: number;
  /** It is being given, from here. */
  readonly giving: boolean;
}

/** A backup that can be looked in. */
export interface OpenedBackup {
  /** Where it lies, as `KnownBackup` names that. */
  readonly place: string;
  readonly files: CopyReader;
}

/** What a backup could not take whole, or could not do beside. */
export type Lacking = {
  /** Messages whose sound was damaged here, and could not be had from the server. */
  readonly damaged: number;
  /** Messages whose sound is not here, and could not be had. */
  readonly missing: number;
  /** No older backup was forgotten, because one of them cannot be read. */
  readonly crowded: boolean;
};

/** Where this person backs up to from this device. */
export type KnownBackup = {
  readonly place: string;
  /** When everything that the last backup stored was read back. Milliseconds since 1970; null where none ever was. */
  readonly verified: number | null;
  /** When one file was made that nobody has shown since: it may have been saved nowhere. */
  readonly unseen?: number;
  /** Of the last one made there, where it lacked anything: of one that is made by itself nobody is told. */
  readonly lacking?: Lacking;
  /** Where its key is, as the program that made it noted; null where only the person knows. */
  readonly key: string | null;
};
