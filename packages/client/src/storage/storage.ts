import { fromHex } from '@earshot/base/encoding.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { BlobRef } from '@earshot/protocol/envelope.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { blobRoute, digestHeaders } from '@earshot/protocol/addresses.ts';
import type { Session } from '../account/session.ts';
import type { Bus } from '../bus.ts';
import type { Amount, Freed, StorageFace, StorageReport } from '../earshot-storage.ts';
import { allFound, type FoundIn } from '../finding/find.ts';
import type { OutboxRow } from '../outbox/row.ts';
import { listRows } from '../outbox/rows.ts';
import { freeBytesOf } from '../replica/bytes-of.ts';
import type { LogRow, MessageRow } from '../replica/row.ts';
import type { Store } from '../store.ts';
import { keys } from '../stores/keys.ts';
import { transact } from '../stores/transaction.ts';
import type { Api } from '../wire/api.ts';

export interface StoragePorts {
  readonly store: Store;
  readonly api: Pick<Api, 'raw'>;
  readonly session: Session;
  readonly bus: Bus;
}

/** Questions to the server under way at once. */
const AT_ONCE = 4;

export class Storage implements StorageFace {
  readonly #ports: StoragePorts;

  constructor(ports: StoragePorts) {
    this.#ports = ports;
  }

  async report(): Promise<StorageReport> {
    const { store, session } = this.#ports;
    const { person } = await session.required();
    const [found, rows] = await Promise.all([allFound(store), listRows(store, person)]);
    const here = found.filter((one) => one.here);
    const inside = Map.groupBy(here, ({ log }) => log);
    const logs = new Map(await Promise.all([...inside.keys()].map(async (log) => [log, (await store.get(keys.log(log))) as LogRow | undefined] as const)));
    return {
      heard: amountOf(here.filter(({ heard }) => heard)),
      unheard: amountOf(here.filter(({ heard }) => !heard)),
      unsent: unsentOf(rows.filter(({ state, parts }) => state.at !== 'growing' && parts.length > 0)),
      drafts: unsentOf(rows.filter(({ state }) => state.at === 'growing')),
      conversations: [...inside].map(([conversation, messages]) => ({ conversation, ...amountOf(messages) })).sort((one, other) => other.bytes - one.bytes),
      freeable: amountOf(here.filter((one) => isFreeable(one) && canBeHeldFor(person, logs.get(one.log), one))),
    };
  }

  async free({ conversation }: { conversation?: Id } = {}): Promise<Freed> {
    const { store, session } = this.#ports;
    const { person } = await session.required();
    const queue = (await allFound(store, conversation)).filter((one) => one.here && isFreeable(one));
    const freed = { bytes: 0, messages: 0, stayed: 0 };
    const worker = async (): Promise<void> => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
        const bytes = await this.#freeOne(person, next);
        freed.bytes += bytes ?? 0;
        freed[bytes === null ? 'stayed' : 'messages'] += 1;
      }
    };
    // When one cannot go on nothing more is begun; what is under way ends first, and what is free by then is told.
    const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, () => worker().finally(() => (queue.length = 0))));
    this.#ports.bus.announce({ type: 'conversations' });
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
    return freed;
  }

  /** How many bytes are free for it: none where another message holds the same ones. Null: it stays. */
  async #freeOne(me: Id, { log, seq }: FoundIn): Promise<number | null> {
    const { store } = this.#ports;
    const key = keys.message(log, seq);
    const row = (await store.get(key)) as MessageRow | undefined;
    if (row === undefined || !(await this.#serverHas(row.blobs))) return null;
    return await transact(store, async (transaction) => {
      const now = await transaction.get<MessageRow>(key);
      // While the server was asked it may have been kept, or taken back, or she may have left.
      if (now === undefined || !now.here || !now.heard || now.keep !== undefined || !canBeHeldFor(me, await transaction.get<LogRow>(keys.log(log)), now)) return null;
      transaction.put(key, { ...now, here: false });
      return await freeBytesOf(transaction, now);
    });
  }

  /** By its own word of now, after it has read all of it: what its database says of the bytes is not enough to drop what may be the last copy. */
  async #serverHas(blobs: readonly BlobRef[]): Promise<boolean> {
    for (const { id, sha256 } of blobs) {
      try {
        const { headers } = await this.#ports.api.raw({ method: 'HEAD', path: blobRoute.replace(':id', id), headers: { [digestHeaders.want]: 'sha-256=1' } });
        if (headers[digestHeaders.told] !== digestOf(sha256)) return false;
      } catch (error) {
        // A server that has lost the bytes fails over them.
        if (error instanceof Failure && (error.code === 'not-found' || error.code === 'server.fault')) return false;
        throw error;
      }
    }
    return true;
  }
}

/** As RFC 9530 writes it. */
function digestOf(sha256: string): string {
  return `sha-256=:${btoa(String.fromCharCode(...fromHex(sha256)))}:`;
}

/** The server holds nothing for who has left, of what was said before she came, and of what she let go and brought back by name: others may take it away at any time. */
function canBeHeldFor(me: Id, log: LogRow | undefined, { seq, byName = false }: { readonly seq: number; readonly byName?: boolean }): boolean {
  return !byName && log?.members.some(({ person, joined, left }) => person === me && left === null && joined <= seq) === true;
}

function isFreeable({ heard, kept }: FoundIn): boolean {
  return heard && !kept;
}

function amountOf(found: readonly FoundIn[]): Amount {
  return { messages: found.length, bytes: found.reduce((sum, { bytes }) => sum + bytes, 0) };
}

function unsentOf(rows: readonly OutboxRow[]): Amount {
  return { messages: rows.length, bytes: rows.reduce((sum, { parts }) => sum + parts.reduce((inside, { sealed }) => inside + sealed, 0), 0) };
}
