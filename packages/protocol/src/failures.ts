import { accountFailures } from './failures-account.ts';
import { backupFailures } from './failures-backup.ts';
import { commandFailures } from './failures-command.ts';
import { deliveryFailures } from './failures-delivery.ts';
import { recordingFailures } from './failures-recording.ts';
import { sealingFailures } from './failures-sealing.ts';

/**
 * The closed list of failures. Whatever goes wrong in Earshot is one of these; "something went wrong" does not exist.
 * `cause` and `next` are the English words; the web app translates them by code. Evidence comes with each occurrence.
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

// Marked as pure: a worker that only names codes leaves the words out of its script.
export const failures = /* @__PURE__ */ (() => ({
  ...accountFailures,
  ...deliveryFailures,
  ...recordingFailures,
  ...commandFailures,
  ...sealingFailures,
  ...backupFailures,
} satisfies Record<string, FailureEntry>))();

export type FailureCode = keyof typeof failures;

export type Evidence = Readonly<Record<string, string | number | boolean | null>>;

export function isFailureCode(text: unknown): text is FailureCode {
  return typeof text === 'string' && Object.hasOwn(failures, text);
}

/** The one error type for what the world does wrong. Our own bugs are assertions instead. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: FailureCode;
  readonly evidence: Evidence;

  constructor(code: FailureCode, evidence: Evidence = {}, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
    this.evidence = evidence;
  }
}

/** What the closed list says of a failure. */
export const entryOf = ({ code }: Failure): FailureEntry => failures[code];
