import type { Id } from '@earshot/base/ids.ts';
import type { MemberPrekey, Prekey } from '@earshot/protocol/keys.ts';

/** The newest prekey of each device. It goes with the device's session, however that ends. */
export interface PrekeyStore {
  /** Answers the one that is in force then: one with a number that is not lower stays. Null when the device is not in its person's chain, or has no session any more. */
  put(person: Id, prekey: Prekey): Promise<Prekey | null>;
  /** Of the devices of all present members; of more than `most`, those that were last seen. Null when `who` is no present member. */
  of(who: Id, log: Id, most: number): Promise<readonly MemberPrekey[] | null>;
}
