import { sha256 as sha256Running } from '@noble/hashes/sha2.js';
import { concat, toHex } from '@earshot/base/encoding.ts';
import { sha256 } from '@earshot/base/hash.ts';
import type { Id } from '@earshot/base/ids.ts';
import type { BlobRef } from '@earshot/protocol/envelope.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import { blobRoute } from '@earshot/protocol/addresses.ts';
import { OggOpusWriter } from '@earshot/audio/ogg-opus.ts';
import { AudioError } from '@earshot/audio/audio-error.ts';
import { openPart } from '../outbox/stored-part.ts';
import type { Store } from '../store.ts';
import { dropBytes, readBytes } from '../stores/bytes.ts';
import { keys } from '../stores/keys.ts';
import { type Transaction, transact } from '../stores/transaction.ts';
import { messageAt } from '../replica/message-in.ts';
import type { MessageContent, MessageRow } from '../replica/row.ts';
import { listShown } from '../replica/shown.ts';
import type { Api } from '../wire/api.ts';

export interface FetchPorts {
  readonly store: Store;
  readonly api: Api;
  /** What was fetched of a blob while it grew. */
  readonly grown?: (blob: Id) => Uint8Array<ArrayBuffer>;
  /** How much is asked for at once, which is what a cut costs at most: less after each cut, more again after what came. */
  readonly pieces?: { bytes: number };
}

export const MOST_PER_REQUEST = 1_048_576;
const LEAST_PER_REQUEST = 16_384;
/** A link that held for some of it, but not for so much. */
const CUT: ReadonlySet<FailureCode> = new Set<FailureCode>(['network.unreachable', 'network.stalled']);
const PARTS_AT_ONCE = 3;
/** A copy that does not match its hash is fetched again so many times. */
const COPIES = 3;

export interface FetchedMessage {
  readonly packets: Uint8Array[];
  /** Bytes that are not in the store yet. */
  readonly bytes: [key: string, bytes: Uint8Array<ArrayBuffer>][];
}

/** All packets of a message, from this device where they are here, else from the server; every hash is checked. */
export async function fetchMessage(ports: FetchPorts, row: Pick<MessageRow, 'id' | 'blobs'>, content: MessageContent, signal?: AbortSignal): Promise<FetchedMessage> {
  const parts: Uint8Array[][] = [];
  const check = new InOrder(content);
  const bytes: FetchedMessage['bytes'] = [];
  const over = new AbortController();
  const until = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]);
  const queue = content.parts.map((part, at) => ({ part, at, blob: row.blobs[at] }));
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { part, at, blob } = next;
      if (blob === undefined) throw new Failure('event.unreadable', { reason: 'parts' });
      const sealed = await fetchBlob(ports, row.id, blob, bytes, until);
      parts[at] = await openPart(part, sealed);
      check.advance(parts);
    }
  };
  const workers = Array.from({ length: Math.min(PARTS_AT_ONCE, queue.length) }, worker);
  try {
    await Promise.all(workers);
  } catch (error) {
    // None goes on beside the next try.
    over.abort();
    await Promise.allSettled(workers);
    if (isPassing(error)) for (const [key, sealed] of bytes) await keepForNext(ports.store, row.id, key, sealed);
    throw error;
  }
  if (!(await check.matches())) throw new Failure('blob.damaged', { reason: 'message', message: row.id });
  return { packets: parts.flat(), bytes };
}

/** The packets of a message out of the sealed bytes of its parts, held to the hash of the message. Fails with `blob.damaged`. */
export async function openMessage(content: MessageContent, sealed: readonly Uint8Array<ArrayBuffer>[]): Promise<Uint8Array[]> {
  const parts = await Promise.all(content.parts.map(async (part, at) => await openPart(part, sealed[at] ?? new Uint8Array())));
  const check = new InOrder(content);
  check.advance(parts);
  if (!(await check.matches())) throw new Failure('blob.damaged', { reason: 'message' });
  return parts.flat();
}

/** Up to this size a file is hashed in one piece by the platform, which is several times faster and beside the main thread. */
const WHOLE_BYTES = 8_388_608;

/** Rebuilds the file of a message from its parts in their order, each as soon as those before it are there, and hashes it. */
class InOrder {
  readonly #content: MessageContent;
  readonly #writer: OggOpusWriter;
  readonly #pages: Uint8Array[] = [];
  readonly #running: ReturnType<typeof sha256Running.create> | null;
  #next = 0;

  constructor(content: MessageContent) {
    this.#content = content;
    this.#writer = new OggOpusWriter({ preSkip: content.preSkip });
    this.#running = content.parts.reduce((sum, { bytes }) => sum + bytes, 0) > WHOLE_BYTES ? sha256Running.create() : null;
    for (const page of this.#writer.head()) this.#take(page);
  }

  advance(parts: readonly (readonly Uint8Array[])[]): void {
    for (let part = parts[this.#next]; part !== undefined; part = parts[this.#next]) {
      this.#next += 1;
      for (const packet of part) this.#take(guarded(() => this.#writer.push(packet)));
    }
  }

  async matches(): Promise<boolean> {
    this.#take(guarded(() => this.#writer.finish(this.#content.samples)));
    const sum = this.#running === null ? await sha256(concat(this.#pages)) : toHex(this.#running.digest());
    return sum === this.#content.sha256;
  }

  #take(page: Uint8Array | null): void {
    if (page === null) return;
    if (this.#running === null) this.#pages.push(page);
    else this.#running.update(page);
  }
}

/** Packets that are no Opus, or fewer than were announced, are damage like any other. */
function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof AudioError ? new Failure('blob.damaged', { reason: 'packets' }, { cause: error }) : error;
  }
}

/** The stored bytes of a blob, checked against the hash that the envelope names. */
async function fetchBlob(ports: FetchPorts, message: Id, blob: BlobRef, added: FetchedMessage['bytes'], signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  for (let copy = 1; ; copy += 1) {
    const here = await readBytes(ports.store, blob.id, 0, blob.length);
    const grown = here.length === 0 ? (ports.grown?.(blob.id) ?? here) : new Uint8Array();
    const rest = await fetchRest(ports, message, blob, here.length, grown, signal);
    const whole = here.length === 0 ? rest : concat([here, rest]);
    if (whole.length === blob.length && (await sha256(whole)) === blob.sha256) {
      if (rest.length > 0) added.push([keys.bytes(blob.id, here.length), rest]);
      return whole;
    }
    await ports.store.commit(await dropBytes(ports.store, blob.id));
    if (copy === COPIES) throw new Failure('blob.damaged', { reason: 'hash', blob: blob.id });
  }
}

/** What is missing from `from` on, where `grown` is already. What came before a cut is stored, so that the next try goes on there. */
async function fetchRest({ api, store, pieces = { bytes: MOST_PER_REQUEST } }: FetchPorts, message: Id, { id, length }: BlobRef, from: number, grown: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = grown.length > 0 ? [grown] : [];
  for (let at = from + grown.length; at < length; ) {
    const end = Math.min(length, at + pieces.bytes);
    const path = blobRoute.replace(':id', id);
    const headers = at === 0 && end === length ? {} : { headers: { range: `bytes=${at}-${end - 1}` } };
    try {
      const answer = await api.raw({ method: 'GET', path, ...headers, signal });
      const bytes = await answer.bytes();
      // Somebody between may know of no ranges, and answer all of it.
      const all = answer.status === 200;
      const chunk = all ? bytes.subarray(at) : bytes;
      if (chunk.length === 0 || chunk.length > (all ? length : end) - at) throw new Failure('network.foreign', { reason: 'range', blob: id });
      chunks.push(chunk);
      at += chunk.length;
      pieces.bytes = Math.min(MOST_PER_REQUEST, 2 * pieces.bytes);
    } catch (error) {
      if (!signal.aborted && error instanceof Failure && CUT.has(error.code)) pieces.bytes = Math.max(LEAST_PER_REQUEST, Math.floor(pieces.bytes / 4));
      if (chunks.length > 0 && (signal.aborted || isPassing(error))) await keepForNext(store, message, keys.bytes(id, from), concat(chunks));
      throw error;
    }
  }
  return concat(chunks);
}

/** What was removed meanwhile would leave its bytes behind, what is whole by now would be written over. */
async function keepForNext(store: Store, message: Id, key: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  await transact(store, async (transaction) => {
    if (await isWanted(transaction, message)) transaction.put(key, bytes);
  });
}

async function isWanted(transaction: Transaction, message: Id): Promise<boolean> {
  const row = await messageAt(transaction, message);
  if (row !== undefined) return !row.here && row.removed === null;
  const [draft] = await listShown(transaction, message);
  return draft !== undefined && (await transaction.get(keys.draft(draft.event))) !== undefined;
}

/** Whether trying again later can help. */
export function isPassing(error: unknown): boolean {
  return error instanceof Failure && (error.code.startsWith('network.') || error.code.startsWith('server.') || error.code.startsWith('session.') || error.code === 'limit.tries' || error.code === 'account.disabled' || error.code === 'device.storage' || error.code === 'device.damaged');
}
