import type { BroughtBack, Choice } from './recovery/bring-back.ts';
import type { CopyReader } from './recovery/copy-format.ts';
import type { OwnCopy } from './recovery/own-copy.ts';

/** Backups of what a person can read, and bringing back what is missing. */
export interface RecoveryFace {
  /** Brings the sound of every message to this device. Answers of how many it cannot be had now. */
  gather(): Promise<number>;
  /** Everything that this person can read on this device, as files of this moment: what a backup keeps. */
  copy(): Promise<OwnCopy>;
  /** Lays what a backup holds back into its old place. Only what is missing comes back; cut off, it goes on when it is begun again. */
  bringBack(reader: CopyReader, choice: Choice, progress?: (done: number, files: number) => void): Promise<BroughtBack>;
  /** The backups that were made on this device. */
  backups(): Promise<KnownBackup[]>;
  /** A backup was made and read back. */
  remember(backup: KnownBackup): Promise<void>;
}

/** Where this person backs up to from this device. */
export type KnownBackup = {
  readonly place: string;
  /** When everything that the last backup stored was read back. Milliseconds since 1970. */
  readonly verified: number;
  /** Where its key is, as the program that made it noted; null where only the person knows. */
  readonly key: string | null;
};
