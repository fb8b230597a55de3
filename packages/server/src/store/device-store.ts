import type { Id } from '@earshot/base/ids.ts';
import type { NewDevice, PersonState } from './people-store.ts';

export interface StoredSession {
  readonly person: Id;
  readonly device: Id;
  readonly state: PersonState;
  readonly ended: boolean;
  /** Ended by its person: signed out, or revoked by her or her chain. All else that ends a session, idleness and the operator, leaves what lies on the device. */
  readonly revoked: boolean;
  /** Not in the person's chain. */
  readonly locked: boolean;
  readonly seen: number;
}

export interface StoredDevice {
  readonly id: Id;
  readonly name: string;
  readonly created: number;
  readonly seen: number | null;
  readonly locked: boolean;
}

export type SignInOutcome = { readonly kind: 'in'; readonly locked: boolean } | { readonly kind: 'device-foreign' | 'account.disabled' } | { readonly kind: 'devices-full'; readonly seen: number };

/** Devices and their sessions: one session a device, known by the hash of its token. */
export interface DeviceStore {
  /** The session behind a token, the ended ones included. */
  session(tokenSha256: string): Promise<StoredSession | null>;
  /** Gives the device a session; makes the device when it is new. A token given before is void. */
  signIn(person: Id, device: NewDevice, devicesAllowed: number, at: number): Promise<SignInOutcome>;
  /** Ends the device's session because its person wants it. Idempotent; false when the person has no such device. */
  revoke(person: Id, device: Id, at: number): Promise<boolean>;
  /** Whether the person's device has a session no more because she wanted that. */
  revoked(person: Id, device: Id): Promise<boolean>;
  seen(device: Id, at: number): Promise<void>;
  list(person: Id): Promise<readonly StoredDevice[]>;
  /** Ends sessions not seen since `before`, without the time in which no server lived. */
  endIdle(before: number, at: number): Promise<readonly { readonly person: Id; readonly device: Id }[]>;
  /** Which of these devices have a session no more. */
  ended(devices: readonly Id[]): Promise<readonly Id[]>;
  /** A number that differs when another process may have written since: what is remembered should be checked again. */
  foreignWrites(): Promise<number>;
}
