import type { Id } from '@earshot/base/ids.ts';
import type { ChainChanged, ChainRecord } from './chain-store.ts';

export type PersonState = 'active' | 'disabled' | 'deleted';

export interface StoredPerson {
  readonly id: Id;
  readonly handle: string;
  readonly name: string;
  readonly state: PersonState;
  /** What `Passwords` made of it; null without one. */
  readonly password: string | null;
  readonly passkeys: number;
  /** Bytes of this person's blobs. */
  readonly used: number;
  /** Entries of her chain. */
  readonly chain: number;
}

export interface SeenPerson {
  readonly id: Id;
  readonly handle: string;
  readonly name: string;
  readonly state: PersonState;
  readonly blocked: boolean;
  readonly chain: number;
  readonly identity?: string;
}

export interface NewDevice {
  readonly id: Id;
  readonly name: string;
  /** SHA-256 of the session's token: the token itself is never stored. */
  readonly tokenSha256: string;
}

export interface JoinRecord {
  readonly secretSha256: string;
  /** The id of the person, should one be made. */
  readonly person: Id;
  readonly handle: string;
  readonly name: string;
  readonly password: string | null;
  readonly device: NewDevice;
  /** The newcomer's first entry; null for none. */
  readonly chain: ChainRecord | null;
  /** Of somebody let back in: her chain begins again with it. */
  readonly anew: boolean;
  readonly devicesAllowed: number;
  readonly at: number;
}

export type JoinOutcome =
  | { readonly kind: 'joined'; readonly person: Id; readonly handle: string; readonly name: string; readonly invitedBy: Id | null; readonly locked: boolean; readonly chain: number; readonly changed: ChainChanged | null }
  | { readonly kind: 'invitation.unknown' | 'invitation.expired' | 'invitation.used' | 'handle.taken' | 'session.credentials' | 'account.disabled' | 'device-foreign' | 'person-taken' }
  | { readonly kind: 'devices-full'; readonly seen: number };

export interface PeopleStore {
  /** Whether anybody ever joined. */
  any(): Promise<boolean>;
  byId(person: Id): Promise<StoredPerson | null>;
  byHandle(handle: string): Promise<StoredPerson | null>;
  /**
   * Takes the invitation and makes the person with its first device, or lets an existing one in (`for`). Repeated with the same
   * secret, handle and device it finds what it made and gives the device the new token; the caller has checked the password.
   * A chain that begins again takes the place of the whole one before, if that is still what it was judged by.
   */
  join(record: JoinRecord): Promise<JoinOutcome>;
  /** False when the session of the device that asks is over. */
  rename(person: Id, device: Id, name: string): Promise<boolean>;
  /** False when the session of the device that asks is over. */
  setPassword(person: Id, device: Id, password: string): Promise<boolean>;
  /** The account's credentials, devices, invitations, blocks and own log go; its handle stays taken. Answers the logs it was in and those who saw it there. */
  delete(person: Id, at: number): Promise<{ readonly saw: readonly Id[] }>;
  /** False when there is no such active or disabled person. */
  disable(handle: string, disabled: boolean, at: number): Promise<{ readonly person: Id } | null>;
  /** Oneself left out: sharers of conversations, inviters and invited ones, and those whom the operator invited as well. */
  visible(person: Id): Promise<readonly SeenPerson[]>;
  /** Which of `others` the person can see. */
  sees(person: Id, others: readonly Id[]): Promise<readonly Id[]>;
  all(): Promise<readonly { readonly id: Id; readonly handle: string; readonly name: string; readonly state: PersonState; readonly joined: number }[]>;
  block(person: Id, other: Id, blocked: boolean): Promise<void>;
}
