import type { Id } from '@earshot/base/ids.ts';

export interface StoredInvitation {
  readonly secretSha256: string;
  /** Null: the operator. */
  readonly by: Id | null;
  readonly created: number;
  readonly expires: number;
  readonly used: Id | null;
  readonly forHandle: string | null;
}

export interface InvitationStore {
  /**
   * Idempotent by the hash; 'conflict' when somebody else registered it, 'full' with `allowed` unused ones, 'person.unknown' when nobody has the handle, 'ended' when the
   * session of the `device` that asks is over. What she made for herself goes, unless it was used, as soon as a session of hers ends.
   */
  add(invitation: Omit<StoredInvitation, 'used'> & { readonly device: Id | null }, allowed: number): Promise<StoredInvitation | 'conflict' | 'full' | 'person.unknown' | 'ended'>;
  find(secretSha256: string): Promise<StoredInvitation | null>;
  list(by: Id): Promise<readonly StoredInvitation[]>;
  /** Withdraws an unused one. False when there is none of this person. */
  withdraw(by: Id, secretSha256: string): Promise<boolean>;
}
