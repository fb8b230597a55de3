import type { Blobs } from '@earshot/server/blobs/blobs.ts';
import { MemoryBlobs } from '@earshot/server/blobs/memory.ts';
import { openSqliteStore } from '@earshot/server/store/sqlite.node.ts';
import type { Store } from '@earshot/server/store/store.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Dice } from './dice.ts';
import { Life } from './life.ts';
import type { VirtualTime } from './time.ts';

type Verb = (...args: readonly unknown[]) => Promise<unknown>;

/** Verbs of the store that only read. A verb that is forgotten here takes a little time, and nothing else. */
const READS: ReadonlySet<string> = new Set(['find', 'readable', 'unwanted', 'unremoved', 'page', 'event', 'of', 'cursors', 'session', 'list', 'byHandle', 'byId', 'visible', 'any', 'all', 'foreignWrites', 'ended', 'incidents', 'entries', 'keys', 'prekeys', 'grant', 'audience']);
/** Verbs that work on a full disk all the same: they make room, or read what is seldom asked for. */
const EVEN_FULL: ReadonlySet<string> = new Set(['sweep', 'removed', 'terminate', 'formerIdentities', 'formerEntries']);
/** Milliseconds of the longest fsync. */
const SLOWEST = 12;
/** Share of the reads that meet an fsync. */
const READ_WAITS = 0.1;

/** What the server has on its disks: the real database (in memory) and the bytes. It outlives the processes that use it. */
export class ServerDisk {
  readonly store: Store = openSqliteStore(':memory:');
  readonly blobs = new MemoryBlobs();
  readonly #time: VirtualTime;
  readonly #dice: Dice;
  full = false;

  constructor(time: VirtualTime, dice: Dice) {
    this.#time = time;
    this.#dice = dice;
  }

  /** The store as one process has it open: every write takes time before and after it is durable, and so do some reads. */
  openStore(life: Life): Store {
    const parts = new Map<string, unknown>();
    return new Proxy(this.store, {
      get: (store, name: keyof Store) => {
        if (name === 'close') return () => Promise.resolve();
        if (!parts.has(name)) parts.set(name, this.#part(store[name] as unknown as Record<string, Verb>, life));
        return parts.get(name);
      },
    });
  }

  #part(part: Record<string, Verb>, life: Life): unknown {
    return new Proxy(part, {
      get: (target, name: string) => {
        const verb = target[name];
        if (verb === undefined) return undefined;
        return (...args: readonly unknown[]) => this.#does(name, life, () => verb.apply(target, [...args]));
      },
    });
  }

  #does(name: string, life: Life, work: () => Promise<unknown>): Promise<unknown> {
    return READS.has(name) ? this.#read(life, work) : this.#write(name, life, work);
  }

  /** Now and then, what was found is told only when what others wrote meanwhile is durable: answers that take two looks see two moments. */
  async #read(life: Life, work: () => Promise<unknown>): Promise<unknown> {
    const found = await life.guard(work());
    if (this.#dice.chance(READ_WAITS)) await this.#sync(life);
    return found;
  }

  async #write(name: string, life: Life, work: () => Promise<unknown>): Promise<unknown> {
    await this.#sync(life);
    if (!life.alive) return Life.never();
    if (this.full && !EVEN_FULL.has(name)) throw new Failure('server.storage', {});
    const result = await life.guard(work());
    await this.#sync(life);
    return result;
  }

  #sync(life: Life): Promise<void> {
    return this.#time.sleep(this.#dice.between(0, SLOWEST), life);
  }

  /** The bytes as one process writes them: killed in mid-write, any part of what was on its way is there, or rubbish of the same length. */
  openBlobs(life: Life): Blobs {
    const { blobs } = this;
    const wait = (): Promise<void> => this.#sync(life);
    return {
      write: async (blob, offset, bytes) => {
        const own = bytes.slice();
        const forget = life.atEnd(() => this.#tear(blob, offset, own));
        await wait();
        forget();
        if (this.full) {
          this.#tear(blob, offset, own);
          throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
        }
        await blobs.write(blob, offset, own);
        await wait();
      },
      read: async (blob, start, end) => {
        if (this.#dice.chance(0.1)) await wait();
        return life.guard(blobs.read(blob, start, end));
      },
      remove: async (blob) => {
        await wait();
        await blobs.remove(blob);
        await wait();
      },
      list: () => blobs.list(),
      tidy: () => blobs.tidy(),
      close: () => Promise.resolve(),
    };
  }

  #tear(blob: string, offset: number, bytes: Uint8Array): void {
    if (this.#dice.chance(0.3)) return;
    const torn = bytes.slice(0, this.#dice.int(0, bytes.length));
    if (this.#dice.chance(0.3)) torn.fill(this.#dice.int(0, 255), this.#dice.int(0, torn.length));
    if (torn.length > 0) void this.blobs.write(blob, offset, torn);
  }
}
