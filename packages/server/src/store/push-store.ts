import type { Id } from '@earshot/base/ids.ts';
import type { PushAddress, PushKeys } from '../push/push.ts';
import type { PendingWake } from '../push/wakes.ts';

/** A wake that was taken to be looked at, with all that is needed for it. */
export interface StoredWake extends PendingWake, PushAddress {
  readonly device: Id;
  readonly person: Id;
  readonly log: Id;
  readonly seq: number;
}

export interface PushCounts {
  readonly subscriptions: number;
  /** Wakes pending. */
  readonly waiting: number;
  /** Of these: what was tried in vain, where it still counts. */
  readonly failed: number;
  /** Since when the longest pending one has been; null without any. */
  readonly since: number | null;
}

/**
 * Subscriptions, one a device at the most, each with at most one wake pending: the queue is as long as there are devices. A
 * wake becomes pending in the transaction that appends its event, and a subscription ends with its device's session.
 */
export interface PushStore {
  /** The server's keys; made when there are none. */
  keys(make: () => PushKeys): Promise<PushKeys>;
  /** In place of what the device had. Idempotent. An address is one device's: who had it before has none now. False when the session of the device is over. */
  subscribe(person: Id, device: Id, address: PushAddress, silent: readonly Id[]): Promise<boolean>;
  unsubscribe(device: Id): Promise<void>;
  /** Takes up to `most` wakes whose time has come. Nobody else gets them before `until`. */
  take(now: number, until: number, most: number): Promise<readonly StoredWake[]>;
  /** The wake is over; when another event joined it meanwhile, its time is now. */
  done(wake: StoredWake, now: number): Promise<void>;
  /** Not now, but at `due`. */
  later(wake: StoredWake, due: number, tries: number): Promise<void>;
  /** The subscription with this wake has ended; one that took its place stays. */
  ended(wake: StoredWake): Promise<void>;
  counts(): Promise<PushCounts>;
}
