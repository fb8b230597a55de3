import type { Id } from '@earshot/base/ids.ts';
import type { AccountGrant, ChainAnswer, ChainEntry, KeysAnswer, Predecessor } from '@earshot/protocol/keys.ts';
import type { StoredEntry } from '../chains/chain.ts';

/** An entry that was judged, with all that follows from it. */
export interface ChainRecord {
  readonly person: Id;
  /** Its index: what stands there and behind it goes. */
  readonly place: number;
  /** Hash of the last entry by which it was judged; null for none. */
  readonly seen: string | null;
  /** As JSON. */
  readonly entry: string;
  readonly hash: string;
  /** In the chain after it. */
  readonly devices: readonly Id[];
  /** Generation of the account key after it. */
  readonly account: number;
  /** Of all account keys that the chain names after it: seeds of others are of no use any more. */
  readonly generations: readonly number[];
  readonly grants: readonly AccountGrant[];
  readonly predecessor: Predecessor | null;
}

export interface ChainChanged {
  /** Devices whose session ended by it. */
  readonly ended: readonly Id[];
  /** Whether the person's conversations need new keys. */
  readonly due: boolean;
}

/** Chains of devices and keys, and the seeds that go with them. Nothing here opens anything. */
export interface ChainStore {
  /** A person's chain from an index on, as it is in one moment; null when `who` cannot see her. */
  page(who: Id, person: Id, from: number, most: number): Promise<ChainAnswer | null>;
  entries(person: Id): Promise<readonly StoredEntry[]>;
  /** The identities of the chains she had before she began anew, oldest first. */
  formerIdentities(person: Id): Promise<readonly string[]>;
  /** Such a chain; empty when she never had it, or `who` cannot see her. */
  formerEntries(who: Id, person: Id, identity: string): Promise<readonly ChainEntry[]>;
  /**
   * Writes an entry with its seeds. Devices that are no longer in the chain lose their sessions and seeds; with a new account key, or
   * fewer devices, all conversations of the person need new keys. In place of a whole chain it is another identity: what was is put aside, and
   * she reads her conversations from there on. 'behind' when the chain is no longer what it was judged by, 'ended' when the session of the device that asks is over.
   */
  extend(record: ChainRecord, device: Id, at: number): Promise<ChainChanged | 'behind' | 'ended'>;
  /** What was sealed to this device and to the person's recovery keys. */
  keys(person: Id, device: Id): Promise<KeysAnswer>;
}
