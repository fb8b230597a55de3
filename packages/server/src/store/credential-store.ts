import type { Id } from '@earshot/base/ids.ts';

export interface StoredPasskey {
  /** The credential's id, base64url. */
  readonly id: string;
  readonly person: Id;
  readonly name: string;
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly counter: number;
  readonly transports: string;
  readonly created: number;
  readonly used: number | null;
  /** The recovery key that it yields; null when it only signs in. */
  readonly recovery: Id | null;
}

export interface Challenge {
  /** Null when it serves signing in. */
  readonly person: Id | null;
  readonly challenge: string;
}

export interface CredentialStore {
  addChallenge(id: Id, challenge: Challenge, expires: number): Promise<void>;
  /** Each challenge serves once. Null when unknown or over. */
  takeChallenge(id: Id, at: number): Promise<Challenge | null>;
  sweepChallenges(at: number): Promise<void>;
  list(person: Id): Promise<readonly StoredPasskey[]>;
  byId(passkey: string): Promise<StoredPasskey | null>;
  /** 'known' when the passkey exists already or the person has `allowed` of them, 'ended' when the session of the device that asks is over. */
  add(passkey: StoredPasskey, device: Id, allowed: number): Promise<'added' | 'known' | 'ended'>;
  used(passkey: string, counter: number, at: number): Promise<void>;
  remove(person: Id, passkey: string): Promise<'removed' | 'not-found' | 'last'>;
}
