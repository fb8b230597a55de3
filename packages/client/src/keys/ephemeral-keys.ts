import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Store } from '../store.ts';
import { ephemeralRows } from '../stores/ephemeral-rows.ts';
import { below, keys } from '../stores/keys.ts';
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

const { ephemeralChain: chainRow } = ephemeralRows;
const { ephemeralKey: keyRow } = keys;

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
      const { next, keys: passed } = chain === undefined ? { next: null, keys: new Map<number, Bytes>() } : await advanceTo(chain, step);
      const key = passed.get(step);
      if (next === null || key === undefined) throw new Failure('key.missing', { log, chain: id, step });
      transaction.put(chainRow(log, id), { ...next });
      for (const [at, one] of passed) transaction.put(keyRow(log, id, at), one);
      return key;
    });
  }

  /** Who is in a conversation, or what devices there are, has changed: the chain ends. Keys of what has not ended stay. */
  async end(log: Id, id: Id): Promise<void> {
    await this.#store.commit([{ drop: chainRow(log, id) }]);
  }

  /** Drops the keys of events that have ended, or never came on a chain that is over. `over`: what is known of a message that was opened. */
  async sweep(over: (message: Id) => Promise<boolean>): Promise<void> {
    const used = new Set<string>();
    for (const [row, value] of await this.#store.list(below('k/ephemeral/of'))) {
      const { log, chain, step } = value as { readonly log: Id; readonly chain: Id; readonly step: number };
      if (await over(row.split('/')[3] ?? '')) await this.#store.commit([{ drop: row }, { drop: keyRow(log, chain, step) }]);
      else used.add(keyRow(log, chain, step));
    }
    for (const [row] of await this.#store.list(below('k/ephemeral/key'))) {
      const [, , , log = '', chain = ''] = row.split('/');
      if (!used.has(row) && (await this.#store.get(chainRow(log, chain))) === undefined) await this.#store.commit([{ drop: row }]);
    }
  }
}

type EphemeralRow = EphemeralChain & { readonly [field: string]: string | number | Bytes };
