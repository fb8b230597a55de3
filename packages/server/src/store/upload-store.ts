import type { BlobRef } from '@earshot/protocol/envelope.ts';
import type { Id } from '@earshot/base/ids.ts';

/**
 * - `open` grows.
 * - `closed` is immutable and named by an event.
 * - `aside` did not match what was announced: kept for a while with the reason, readable by nobody.
 */
export type BlobState = 'open' | 'closed' | 'aside';

export interface StoredBlob {
  readonly id: Id;
  readonly owner: Id;
  readonly state: BlobState;
  /** Null while the length is deferred. */
  readonly length: number | null;
  /** Bytes committed: what lies beyond does not exist. */
  readonly offset: number;
  /** SHA-256 of the bytes before `offset`; null when it has to be computed from them. */
  readonly sum: string | null;
  readonly touched: number;
  /** The conversation whose members may fetch it while it grows; null: nobody may. */
  readonly log: Id | null;
}

export interface NewUpload {
  readonly id: Id;
  readonly owner: Id;
  readonly length: number | null;
  readonly offset: number;
  readonly sum: string | null;
  readonly log: Id | null;
  readonly at: number;
}

export interface UploadLimits {
  readonly open: number;
  readonly quota: number;
}

export type CreateOutcome =
  | { readonly kind: 'created' }
  /** It exists already and is this person's. */
  | { readonly kind: 'exists'; readonly blob: StoredBlob }
  /** The id was used by somebody else, or for what is gone. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'gone' }
  /** Her account was deleted. */
  | { readonly kind: 'nobody' }
  | { readonly kind: 'too-many'; readonly seen: number }
  | { readonly kind: 'quota'; readonly used: number };

export type AdvanceOutcome =
  | { readonly kind: 'advanced' }
  | { readonly kind: 'offset'; readonly offset: number }
  | { readonly kind: 'quota'; readonly used: number }
  | { readonly kind: 'closed' | 'not-found' | 'gone' };

export interface UploadStore {
  create(upload: NewUpload, allowed: UploadLimits): Promise<CreateOutcome>;
  /** Null when it does not exist or is somebody else's; 'gone' after it was swept or terminated. */
  find(owner: Id, blob: Id): Promise<StoredBlob | 'gone' | null>;
  /** Compare and set: only from the offset where it stands. */
  advance(change: { readonly owner: Id; readonly blob: Id; readonly from: number; readonly to: number; readonly sum: string | null; readonly length: number | null; readonly at: number; readonly quota: number }):
    Promise<AdvanceOutcome>;
  /** Records the sum of the first `offset` bytes, if the upload still stands there. */
  setSum(blob: Id, offset: number, sum: string): Promise<void>;
  /** Sets an open upload aside with the reason. */
  setAside(owner: Id, blob: Id, reason: string, at: number): Promise<void>;
  /** Ends an open upload: its bytes may be removed afterwards. */
  terminate(owner: Id, blob: Id, idleSince: number): Promise<'terminated' | 'closed' | 'not-found'>;
  /** A blob that the person may read at `now`: a closed one that is her own or named by an event that she can read, or (then `sha256` is null) one of whose audience she is. */
  readable(person: Id, blob: Id, now: number): Promise<{ readonly length: number; readonly sha256: string | null } | null>;
  /** How an event that the person can read names a blob, whether the server has its bytes or lost them; null when none does. */
  named(person: Id, blob: Id, now: number): Promise<BlobRef | null>;
  /** The bytes of a blob that an event names are there again, all of them. False when none names it any more: then it stays gone. */
  returned(blob: BlobRef, at: number): Promise<boolean>;
  /** Who may read an upload while it grows, but its owner: the members of the conversation it is for, as long as its owner may speak there. */
  audience(blob: Id): Promise<readonly Id[]>;
  /** The open upload of this person that has stood still for longest, if it has since `idleBefore`. */
  idlest(owner: Id, idleBefore: number): Promise<Id | null>;
  /** Ends uploads that are open or aside since `idleBefore`; answers the blobs whose bytes have to go. */
  sweep(idleBefore: number, most: number): Promise<readonly Id[]>;
  /** Blobs that were ended or that nobody holds any more, and whose bytes may still be there. */
  unremoved(most: number): Promise<readonly Id[]>;
  /** Their bytes are gone. */
  removed(blobs: readonly Id[]): Promise<void>;
  /** Which of these ids are not known at all. */
  unknown(blobs: readonly Id[]): Promise<readonly Id[]>;
  /** Whose bytes nobody may want any more: blobs that are not known at all, or gone. */
  unwanted(blobs: readonly Id[]): Promise<readonly Id[]>;
}
