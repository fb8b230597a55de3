import type { FailureCode } from './failures.ts';
import { accountFailures } from './failures-account.ts';
import { backupFailures } from './failures-backup.ts';
import { commandFailures } from './failures-command.ts';
import { deliveryFailures } from './failures-delivery.ts';
import { recordingFailures } from './failures-recording.ts';
import { sealingFailures } from './failures-sealing.ts';

/**
 * What the codes mean. `cause` and `next` are the English words; the web app translates them by code, and loads them as it loads any
 * other language. Evidence comes with each occurrence.
 */

/** Who can do something about it. */
export type FailureOwner = 'you' | 'network' | 'server' | 'recipient' | 'earshot';

export interface FailureEntry {
  /** HTTP status when a server answers with it; 0 when it only arises on a device. */
  readonly status: number;
  readonly owner: FailureOwner;
  readonly cause: string;
  readonly next: string;
}

export const failures = {
  ...accountFailures,
  ...deliveryFailures,
  ...recordingFailures,
  ...commandFailures,
  ...sealingFailures,
  ...backupFailures,
} satisfies Record<FailureCode, FailureEntry>;
