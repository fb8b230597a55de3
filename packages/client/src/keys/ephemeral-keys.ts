import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Change, Store } from '../store.ts';
import { below } from '../stores/keys.ts';
import { transact } from '../stores/transaction.ts';
import { advance, advanceTo, type EphemeralChain } from './ephemeral-chain.ts';

/**
 * What this device holds of ephemeral chains, in its store: the chains where they stand, and the keys of events that have not expired. Nothing here is ever
 * granted, archived or shown to another device. A step and what it gave are one durable commit: what was used is gone with the same stroke.
 *
 *     k/ephemeral/chain/LOG/CHAIN          where a chain stands
 *     k/ephemeral/key/LOG/CHAIN/STEP       the key of an event that has not come, or not expired
 */
type Bytes = Uint8Array<ArrayBuffer>;

const chainRow = (log: Id, chain: Id): string => `k/ephemeral/chain/${log}/${chain}`;
const keyRow = (log: Id, chain: Id, step: number): string => `k/ephemeral/key/${log}/${chain}/${step}`;

export class EphemeralKeys {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Takes a chain in: one's own, or another's whose seed was opened. A chain that is here already stays where it stands. */
  async begin(log: Id, chain: EphemeralChain): Promise<void> {
    await this.#store.commit([{ expect: chainRow(log, chain.id), value: undefined }, { put: chainRow(log, chain.id), value: { ...chain } }]);
  }

  /** The key of the next event to be sent on a chain of one's own; kept, because oneself reads it too until it expires. */
  async next(log: Id, id: Id): Promise<{ readonly step: number; readonly key: Bytes }> {
    return await transact(this.#store, async (transaction) => {
      const chain = await transaction.get<EphemeralRow>(chainRow(log, id));
      if (chain === undefined) throw new Failure('key.missing', { log, chain: id });
      const { eventKey, next } = await advance(chain);
      transaction.put(chainRow(log, id), { ...next });
      transaction.put(keyRow(log, id, chain.step), eventKey);
      return { step: chain.step, key: eventKey };
    });
  }

  /** The key of an event that came. Throws `key.missing` when its chain is not here, or it has expired. */
  async keyOf(log: Id, id: Id, step: number): Promise<Bytes> {
    return await transact(this.#store, async (transaction) => {
      const kept = await transaction.get<Bytes>(keyRow(log, id, step));
      if (kept !== undefined) return kept;
      const chain = await transaction.get<EphemeralRow>(chainRow(log, id));
      const { next, keys } = chain === undefined ? { next: null, keys: new Map<number, Bytes>() } : await advanceTo(chain, step);
      const key = keys.get(step);
      if (next === null || key === undefined) throw new Failure('key.missing', { log, chain: id, step });
      transaction.put(chainRow(log, id), { ...next });
      for (const [at, one] of keys) transaction.put(keyRow(log, id, at), one);
      return key;
    });
  }

  /** The event has expired: nobody opens it on this device any more. */
  async expire(log: Id, id: Id, step: number): Promise<void> {
    await this.#store.commit([{ drop: keyRow(log, id, step) }]);
  }

  /** Who is in a conversation, or which prekeys are in force, has changed: the chain ends, with the keys of events that never came. */
  async end(log: Id, id: Id, came: (step: number) => boolean): Promise<void> {
    const rows = await this.#store.list(below(`k/ephemeral/key/${log}/${id}`));
    const never = rows.filter(([row]) => !came(Number(row.slice(row.lastIndexOf('/') + 1))));
    await this.#store.commit([{ drop: chainRow(log, id) }, ...never.map(([drop]): Change => ({ drop }))]);
  }
}

type EphemeralRow = EphemeralChain & { readonly [field: string]: string | number | Bytes };
