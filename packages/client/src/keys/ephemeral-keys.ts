import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { OutboxRow } from '../outbox/row.ts';
import type { Change, Store } from '../store.ts';
import { below, keys } from '../stores/keys.ts';
import { type Transaction, transact } from '../stores/transaction.ts';
import { advance, advanceTo, type EphemeralChain } from './ephemeral-chain.ts';
import type { OwnChain } from './ephemeral-sealing.ts';

/**
 * What this device holds of ephemeral chains, in its store: the chains where they stand, and the keys of events that have not ended. Nothing here is ever
 * granted, archived or shown to another device. A step and what it gave are one durable commit: what was used is gone with the same stroke.
 */
type Bytes = Uint8Array<ArrayBuffer>;

/** The device that began a chain, with which event of the log (null: its own, which is not back from the server yet), and when by the server's clock. */
export type Begun = {
  readonly device: Id;
  readonly seq: number | null;
  readonly at: number;
};

/** `key`: null where this device was given no seed that it can open, or has none any more. */
export type ChainRow = Begun & Omit<EphemeralChain, 'key'> & { readonly key: Bytes | null };

/** `seq`: the message that it opens; null as long as that has not come. */
export type KeyRow = { readonly key: Bytes; readonly seq: number | null };

/** A chain of one's own that did not come to the server for so long is not waited for. Milliseconds. */
const NEVER_SENT = 7 * 86_400_000;

export class EphemeralKeys {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Takes a chain in: one's own, or another's whose seed was opened, or (`key`: null) could not be. A chain that is here already stays where it stands. */
  async begin(log: Id, chain: Omit<EphemeralChain, 'key'> & { readonly key: Bytes | null }, begun: Begun): Promise<void> {
    await transact(this.#store, async (transaction) => {
      const known = await transaction.get<ChainRow>(keys.ephemeralChain(log, chain.id));
      if (known === undefined) transaction.put(keys.ephemeralChain(log, chain.id), { ...chain, ...begun } satisfies ChainRow);
      else if (known.seq === null) transaction.put(keys.ephemeralChain(log, chain.id), { ...known, ...begun });
    });
  }

  /** Whether this device can go on with it. */
  async holds(log: Id, id: Id): Promise<boolean> {
    const row = (await this.#store.get(keys.ephemeralChain(log, id))) as ChainRow | undefined;
    return row !== undefined && row.key !== null;
  }

  /** The key of the next event to be sent on a chain of one's own; kept, because oneself reads it too until it ends. */
  async next(log: Id, id: Id): Promise<{ readonly step: number; readonly key: Bytes }> {
    return await transact(this.#store, async (transaction) => {
      const chain = await transaction.get<ChainRow>(keys.ephemeralChain(log, id));
      if (chain === undefined || chain.key === null) throw new Failure('key.missing', { log, chain: id });
      const { eventKey, next } = await advance({ ...chain, key: chain.key });
      transaction.put(keys.ephemeralChain(log, id), { ...chain, ...next });
      transaction.put(keys.ephemeralKey(log, id, chain.step), { key: eventKey, seq: null } satisfies KeyRow);
      return { step: chain.step, key: eventKey };
    });
  }

  /**
   * The key of an event that came as number `seq` from `device`. Throws `key.vanished` where this device was given no seed or the event has ended, `key.missing`
   * as long as its chain has not come, and `event.unreadable` where the chain is another device's.
   */
  async keyOf(log: Id, id: Id, step: number, { seq, device }: { readonly seq: number; readonly device: Id }): Promise<Bytes> {
    return await transact(this.#store, async (transaction) => {
      // In this order: another page may take the step between the two, and what the chain gave is there before it is seen to have gone on.
      const chain = await transaction.get<ChainRow>(keys.ephemeralChain(log, id));
      const kept = await transaction.get<KeyRow>(keys.ephemeralKey(log, id, step));
      if (chain !== undefined && chain.device !== device) throw new Failure('event.unreadable', { reason: 'chain' });
      if (kept !== undefined) return noted(transaction, keys.ephemeralKey(log, id, step), kept, seq);
      if (chain === undefined) throw new Failure('key.missing', { log, chain: id, step });
      if (chain.key === null || chain.step > step) throw new Failure('key.vanished', { log, chain: id, step });
      const { next, keys: found } = await advanceTo({ ...chain, key: chain.key }, step);
      transaction.put(keys.ephemeralChain(log, id), { ...chain, ...next });
      for (const [at, key] of found) transaction.put(keys.ephemeralKey(log, id, at), { key, seq: at === step ? seq : null } satisfies KeyRow);
      const key = found.get(step);
      if (key === undefined) throw new Failure('key.vanished', { log, chain: id, step });
      return key;
    });
  }

  /** An event that had ended before it came: its step is passed over, and gives nobody a key here. */
  async pass(log: Id, id: Id, step: number): Promise<void> {
    await transact(this.#store, async (transaction) => {
      const chain = await transaction.get<ChainRow>(keys.ephemeralChain(log, id));
      if ((await transaction.get(keys.ephemeralKey(log, id, step))) !== undefined) transaction.drop(keys.ephemeralKey(log, id, step));
      if (chain === undefined || chain.key === null || chain.step > step) return;
      const { next, keys: found } = await advanceTo({ ...chain, key: chain.key }, step);
      transaction.put(keys.ephemeralChain(log, id), { ...chain, ...next });
      for (const [at, key] of found) if (at !== step) transaction.put(keys.ephemeralKey(log, id, at), { key, seq: null } satisfies KeyRow);
    });
  }

  /**
   * Seeds of chains in whose place their device began another one before `before`, with the keys of events that never came; and those of its own that never left
   * this device. What is on its way is waited for, however long that takes. That a chain was here stays known: what it sealed may be brought back, and is not waited for.
   */
  async retire(before: number): Promise<void> {
    const used = await this.#onTheirWay();
    const rows = (await this.#store.list(below('k/ephemeral/chain'))).map(([key, value]) => ({ key, log: key.split('/')[3] ?? '', row: value as ChainRow }));
    const old = rows.filter(({ log, row }) => row.key !== null && !used.has(row.id) && ((row.seq === null && row.at < before - NEVER_SENT) || rows.some((other) => other.log === log && other.row.device === row.device && row.seq !== null && other.row.seq !== null && other.row.seq > row.seq && other.row.at < before)));
    for (const { key, log, row } of old) {
      const unused = (await this.#store.list(below(`k/ephemeral/key/${log}/${row.id}`))).filter(([, value]) => (value as KeyRow).seq === null);
      const over: Change = row.seq === null ? { drop: key } : { put: key, value: { ...row, key: null } satisfies ChainRow };
      await this.#store.commit([over, ...unused.map(([drop]): Change => ({ drop }))]);
    }
  }

  /** Chains on which this device sends, and those with which something in its outbox is sealed: from there to the log and back it may take weeks. */
  async #onTheirWay(): Promise<ReadonlySet<Id | null | undefined>> {
    const outbox = (await this.#store.list(below('o/row'))).map(([, value]) => (value as OutboxRow).event);
    const own = (await this.#store.list(below('k/ephemeral/own'))).map(([, value]) => (value as OwnChain).chain);
    return new Set([...own, ...outbox.flatMap((event) => [event?.sealed?.begins?.chain, event?.envelope.ephemeral?.chain])]);
  }

  /** Keys of events of which `isOver` says, by log and number, that nobody brings them back any more. */
  async erase(isOver: (log: Id, seq: number) => Promise<boolean>): Promise<void> {
    for (const [drop, value] of await this.#store.list(below('k/ephemeral/key'))) {
      const { seq } = value as KeyRow;
      if (seq !== null && (await isOver(drop.split('/')[3] ?? '', seq))) await this.#store.commit([{ drop }]);
    }
  }
}

function noted(transaction: Transaction, at: string, row: KeyRow, seq: number): Bytes {
  if (row.seq !== seq) transaction.put(at, { ...row, seq });
  return row.key;
}
