import { Failure } from '@earshot/protocol/failures.ts';
import type { Change, Entry, Range, Store, Value } from '@earshot/client/store.ts';
import { sameValue } from '@earshot/client/stores/same-value.ts';
import type { Dice } from './dice.ts';
import { Life } from './life.ts';
import type { VirtualTime } from './time.ts';

/** Milliseconds that a commit spends on its way to the disk, and its word on the way back: in both a device may be killed. */
const SLOWEST = 4;

/** The disk of one device. It outlives the programs on it; every one of them opens a store of its own. */
export class DeviceDisk {
  readonly #values = new Map<string, Value>();
  readonly #keys: string[] = [];
  /** Takes nothing more. */
  full = false;
  /** A planted fault: rows that stay although they were dropped. */
  hoards: (key: string) => boolean = () => false;

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  /** Entries below a folder, e.g. `r/log`. */
  below(folder: string): Entry[] {
    return this.select({ from: `${folder}/`, to: `${folder}0` });
  }

  select({ from, to, limit = Infinity, reverse = false }: Range): Entry[] {
    const first = this.#before(from);
    const end = Math.max(first, this.#before(to));
    const keys = reverse ? this.#keys.slice(Math.max(first, end - limit), end).toReversed() : this.#keys.slice(first, Math.min(end, first + limit));
    return keys.map((key): Entry => [key, this.#values.get(key) ?? null]);
  }

  /** All or nothing, in one instant. */
  commit(changes: readonly Change[]): boolean {
    if (!changes.every((change) => !('expect' in change) || sameValue(this.#values.get(change.expect), change.value))) return false;
    if (this.full && changes.some((change) => 'put' in change)) throw new Failure('device.storage', { reason: 'full' });
    for (const change of changes) {
      if ('put' in change) this.#put(change.put, frozen(change.value));
      if ('drop' in change && !this.hoards(change.drop)) this.#drop(change.drop);
    }
    return true;
  }

  /** The store as one program has it open. Without dice nothing takes time. */
  open(time?: VirtualTime, dice?: Dice, life: Life = new Life()): Store {
    const wait = async (): Promise<void> => {
      if (time && dice) await time.sleep(dice.between(0, SLOWEST), life);
    };
    // Reading takes no time, but some of it now and then, so that others come in between.
    const read = async <T>(work: () => T): Promise<T> => {
      if (dice?.chance(0.05) === true) await wait();
      return life.alive ? work() : Life.never();
    };
    return {
      get: (key) => read(() => handed(this.get(key))),
      list: (range) => read(() => this.select(range).map(([key, value]): Entry => [key, handed(value)])),
      commit: async (changes) => {
        // What the caller does with its objects meanwhile is not what it asked to be written.
        const asked = changes.map((change) => ('put' in change ? { put: change.put, value: frozen(change.value) } : change));
        await wait();
        if (!life.alive) return Life.never();
        const done = this.commit(asked);
        await wait();
        return life.alive ? done : Life.never();
      },
      close: async () => undefined,
    };
  }

  #put(key: string, value: Value): void {
    if (!this.#values.has(key)) this.#keys.splice(this.#before(key), 0, key);
    this.#values.set(key, value);
  }

  #drop(key: string): void {
    if (this.#values.delete(key)) this.#keys.splice(this.#before(key), 1);
  }

  /** How many keys stand before `key`. */
  #before(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** A copy that nobody can change. One that is frozen already is such a copy. */
function frozen<T extends Value>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return value.slice() as unknown as T;
  if (Object.isFrozen(value)) return value;
  if (Array.isArray(value)) return Object.freeze((value as readonly Value[]).map((item) => frozen(item))) as unknown as T;
  const made: Record<string, Value> = {};
  for (const [field, content] of Object.entries(value as Readonly<Record<string, Value | undefined>>)) if (content !== undefined) made[field] = frozen(content);
  return Object.freeze(made) as T;
}

/** What is frozen is handed out as it is: copying it would be most of what a simulated device does. Whoever writes into it is found out. */
function handed<T extends Value | undefined>(value: T): T {
  return value instanceof Uint8Array ? (value.slice() as T) : value;
}
