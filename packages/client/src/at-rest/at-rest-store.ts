import { makeId } from '@earshot/base/ids.ts';
import type { Random } from '@earshot/base/random.ts';
import type { Change, Entry, Range, Store } from '../store.ts';
import type { Cipher } from '../keys/cipher.ts';
import { below } from '../stores/keys.ts';
import { sameValue } from '../stores/same-value.ts';
import { passes, sealedStore, unopened } from './sealed-store.ts';

/** Where the key of a device's store is kept. */
export interface KeyHolder {
  /** Made when there is none. */
  open(): Promise<Cipher>;
  destroy(): Promise<void>;
}

export interface AtRest {
  readonly store: Store;
  /** What lay in the store and is not in it any more is nobody's from now on; what is in it goes on under a new key. */
  forget(): Promise<void>;
  /** Calls back whenever a row of the replica or of the outbox was set aside because it does not open: its bytes lie under `damaged/ROW`. */
  onDamage(listener: () => void): void;
}

/** Which key the rows lie under: other pages and processes notice by it that it was exchanged. */
const EPOCH = 'epoch';
const EVERYTHING: Range = { from: '', to: '\uffff' };

/** The store of a device, sealed under a key of its own. Rows that its key does not open are nobody's: their key was destroyed before they were. */
export async function atRestStore(inner: Store, holder: KeyHolder, random: Random): Promise<AtRest> {
  let under = await opened(inner, holder, random);
  await dropLost(inner, under.sealed);
  const listeners: (() => void)[] = [];
  /** A row did not open: because somebody else has exchanged the key, or because it is damaged. Throws when nothing can be done about it. */
  const cleared = async (error: unknown): Promise<void> => {
    const row = unopened(error);
    if (row === null) throw error;
    if ((await inner.get(EPOCH)) !== under.epoch) under = await opened(inner, holder, random);
    // What nobody else has is put out of sight only where all else would stand still with it: what was said lies in rows of its own.
    else if (!row.startsWith('r/') && !row.startsWith('o/')) throw error;
    else if (await setAside(inner, row)) for (const listener of listeners) listener();
  };
  const reading = async <T>(read: (store: Store) => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await read(under.sealed);
      } catch (error) {
        await cleared(error);
      }
    }
  };
  const commit = async (changes: readonly Change[]): Promise<boolean> => {
    for (;;) {
      const { epoch, sealed } = under;
      try {
        if (await sealed.commit([{ expect: EPOCH, value: epoch }, ...changes])) return true;
      } catch (error) {
        await cleared(error);
        continue;
      }
      if ((await inner.get(EPOCH)) === epoch) return false;
      under = await opened(inner, holder, random);
    }
  };
  return {
    store: { get: (key) => reading((store) => store.get(key)), list: (range) => reading((store) => rowsOf(store, range)), commit, close: () => inner.close() },
    onDamage: (listener) => void listeners.push(listener),
    forget: async () => {
      const rest = (await reading((store) => store.list(EVERYTHING))).filter(([key]) => !passes(key));
      const before = under.sealed;
      const damaged = await inner.list(below('damaged'));
      await holder.destroy();
      const sealed = sealedStore(inner, await holder.open());
      const epoch = makeId(random);
      await sealed.commit([{ put: EPOCH, value: epoch }, ...rest.map(([put, value]): Change => ({ put, value })), ...damaged.map(([drop]): Change => ({ drop }))]);
      under = { epoch, sealed };
      await takeStrays(inner, before, sealed);
    },
  };
}

/** What another page wrote between the reading and the new key. What waits to be sent goes on under that; of what can be read here her keys are gone. */
async function takeStrays(inner: Store, before: Store, now: Store): Promise<void> {
  for (const [key, raw] of (await inner.list(EVERYTHING)).filter(([row]) => !passes(row))) {
    const opens = await now.get(key).then(() => true, (error: unknown) => {
      if (unopened(error) !== null) return false;
      throw error;
    });
    if (opens) continue;
    const value = key.startsWith('o/') ? await before.get(key) : undefined;
    // Under the new key by now it is somebody's.
    if (value === undefined) await inner.commit([{ expect: key, value: raw }, { drop: key }]);
    else if (sameValue(await inner.get(key), raw)) await now.commit([{ put: key, value }]);
  }
}

/** The row is not there any more, and nothing of it is lost. False when somebody else was faster. */
async function setAside(inner: Store, row: string): Promise<boolean> {
  const value = await inner.get(row);
  return value !== undefined && (await inner.commit([{ expect: row, value }, { put: `damaged/${row}`, value }, { drop: row }]));
}

/** Without the one row that is of no concern to who uses the store. */
async function rowsOf(store: Store, { limit = Infinity, ...range }: Range): Promise<Entry[]> {
  const rows = await store.list({ ...range, ...(limit !== Infinity && { limit: limit + 1 }) });
  return rows.filter(([key]) => key !== EPOCH).slice(0, limit);
}

async function opened(inner: Store, holder: KeyHolder, random: Random): Promise<{ readonly epoch: string; readonly sealed: Store }> {
  await inner.commit([{ expect: EPOCH, value: undefined }, { put: EPOCH, value: makeId(random) }]);
  const epoch = (await inner.get(EPOCH)) as string;
  return { epoch, sealed: sealedStore(inner, await holder.open()) };
}

/** Killed between the key and the rows: what can be read by nobody would only stand in the way. */
async function dropLost(inner: Store, sealed: Store): Promise<void> {
  try {
    await sealed.get('session');
  } catch (error) {
    if (unopened(error) === null) throw error;
    const rows = (await inner.list(EVERYTHING)).filter(([key]) => !passes(key));
    await inner.commit(rows.map(([drop]): Change => ({ drop })));
  }
}
