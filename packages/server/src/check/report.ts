import type { Finding } from './findings.ts';

export interface Repaired extends Finding {
  readonly repaired: boolean;
}

export interface CheckReport {
  readonly findings: readonly Repaired[];
  /** A server was running on the folder: what only it may look at was left out. */
  readonly beside: boolean;
  readonly events: number;
  readonly blobs: number;
  /** Bytes of sound that were read and compared. */
  readonly bytes: number;
}
