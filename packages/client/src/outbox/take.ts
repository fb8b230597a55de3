import { AudioError } from '@earshot/audio/audio-error.ts';
import { isValidPacket } from '@earshot/audio/opus-packet.ts';
import { toBase64Url } from '@earshot/base/encoding.ts';
import { type Id, makeId } from '@earshot/base/ids.ts';
import type { DraftBody, MessageBody } from '@earshot/protocol/bodies.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { directLogId } from '@earshot/protocol/envelope.ts';
import type { OutgoingTake, SendDetails } from '../earshot.ts';
import { expiryInForce } from '../keeping/expiry.ts';
import { beginContent } from '../keys/content.ts';
import { keys } from '../stores/keys.ts';
import { readBytes } from '../stores/bytes.ts';
import { type Transaction, transact } from '../stores/transaction.ts';
import { compose, refOf } from './compose.ts';
import { MessageHash } from './message-hash.ts';
import type { Outbox } from './outbox.ts';
import { PartWriter, type SealedPiece } from './part-writer.ts';
import { findRun } from './find-run.ts';
import { openPart } from './stored-part.ts';
import { abandon, nextOrder, readRow, release } from './rows.ts';
import type { OutboxRow, PartRow } from './row.ts';
import { Turn } from './turn.ts';
import { withdraw } from './withdraw.ts';

/** Packets of 20 ms in one part: 60 s. */
const PART_PACKETS = 3_000;
/** What our own encoder needs at the start; a take that says another number at the end is hashed anew. */
const USUAL_PRE_SKIP = 312;

interface Step {
  readonly next: OutboxRow;
  readonly pieces: readonly SealedPiece[];
}

/** A message that is being spoken. Everything it did is in its row; what it holds in memory besides is less than one record. */
export class GrowingTake implements OutgoingTake {
  readonly take: Id;
  readonly #outbox: Outbox;
  readonly #conversation: Id;
  readonly #device: Id;
  readonly #turn = new Turn();
  #writer: PartWriter | null = null;
  #hash: MessageHash | null;
  #before: number;
  #parts: readonly PartRow[];
  #sending = false;
  /** Why this object can go on no longer. */
  #lost: unknown = null;

  /** What was taken before is in parts that are finished; its hash is not known then. */
  constructor(outbox: Outbox, row: OutboxRow, device: Id) {
    this.#outbox = outbox;
    this.take = row.id;
    this.#conversation = row.conversation;
    this.#device = device;
    this.#parts = row.parts;
    this.#before = packetsOf(row.parts);
    this.#hash = this.#before === 0 ? new MessageHash(USUAL_PRE_SKIP) : null;
  }

  /** As they are in the row: what is on this device's disk. */
  get parts(): readonly PartRow[] {
    return this.#parts;
  }

  get packets(): number {
    return this.#before + (this.#writer?.packets ?? 0);
  }

  /** Whether its end is being decided: then nothing is gained by sending what is there so far. */
  get sending(): boolean {
    return this.#sending;
  }

  append(packets: readonly Uint8Array[]): Promise<void> {
    const bad = packets.findIndex((packet) => !isValidPacket(packet));
    if (bad >= 0) return Promise.reject(new Failure('audio.damaged', { packet: this.packets + bad }));
    // The caller may go on using its buffers.
    const own = packets.map((packet) => packet.slice());
    return this.#next(async () => {
      const pieces = await this.#seal(own);
      if (pieces.length > 0) await this.#store(pieces);
    });
  }

  revise(packets: readonly Uint8Array[]): Promise<void> {
    const bad = packets.findIndex((packet) => !isValidPacket(packet));
    if (bad >= 0) return Promise.reject(new Failure('audio.damaged', { packet: bad }));
    return this.#next(async () => {
      try {
        await this.#revise(packets);
      } catch (error) {
        this.#lose(error);
        throw error;
      }
    });
  }

  split(): Promise<void> {
    return this.#next(async () => {
      if (this.#writer !== null) await this.#store([await this.#endPart(this.#writer)]);
    });
  }

  show(details: SendDetails, device: string): Promise<void> {
    return this.#next(() => this.#show(details, device));
  }

  async send(details: SendDetails): Promise<Id> {
    this.#sending = true;
    try {
      await this.#next(() => this.#release(details));
    } finally {
      this.#sending = false;
    }
    this.#outbox.released(this.take, this.#conversation);
    return this.take;
  }

  async cancel(): Promise<void> {
    await this.#turn.take(() => this.#outbox.cancel(this.take));
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    return this.#turn.take(() => (this.#lost === null ? work() : Promise.reject(this.#lost instanceof Error ? this.#lost : new Error('lost'))));
  }

  async #seal(packets: readonly Uint8Array[]): Promise<SealedPiece[]> {
    const pieces: SealedPiece[] = [];
    for (let at = 0; at < packets.length; ) {
      const writer = (this.#writer ??= await this.#beginPart());
      const some = packets.slice(at, at + PART_PACKETS - writer.packets);
      at += some.length;
      this.#hash?.push(some);
      const piece = await writer.push(some);
      if (piece !== null) pieces.push(piece);
      if (writer.packets >= PART_PACKETS) pieces.push(await this.#endPart(writer));
    }
    return pieces;
  }

  /**
   * Goes along the old parts and the new packets together: a part that is found whole stays, what lies before it is sealed as parts
   * of its own, what lies behind the last one goes on as a part that grows.
   */
  async #revise(packets: readonly Uint8Array[]): Promise<void> {
    const open = this.#writer === null ? [] : [await this.#endPart(this.#writer)];
    const { parts } = await this.#commit((row) => ({ next: row, pieces: open }));
    const { store } = this.#outbox.ports;
    const kept: PartRow[] = [];
    const pieces: SealedPiece[] = [];
    this.#hash = new MessageHash(USUAL_PRE_SKIP);
    let at = 0;
    for (const part of parts) {
      const own = await openPart(part, await readBytes(store, part.blob, 0, part.sealed));
      const found = findRun(packets, own, at);
      if (found < 0) continue;
      const between = await this.#seal(packets.slice(at, found));
      if (this.#writer !== null) between.push(await this.#endPart(this.#writer));
      pieces.push(...between);
      kept.push(...withPieces([], between).parts, part);
      this.#hash.push(own);
      at = found + own.length;
    }
    await this.#replace(parts, kept, pieces);
    this.#before = packetsOf(kept);
    await this.#store(await this.#seal(packets.slice(at)));
  }

  async #replace(before: readonly PartRow[], parts: readonly PartRow[], pieces: readonly SealedPiece[]): Promise<void> {
    const unused = before.filter(({ key }) => !parts.some((part) => part.key === key));
    await this.#commit((row, transaction) => {
      if (unused.length > 0) abandon(transaction, { ...row, parts: unused }, makeId(this.#outbox.ports.random));
      return { next: { ...row, parts }, pieces };
    });
    if (unused.length > 0) this.#outbox.kick(this.#conversation);
  }

  async #beginPart(): Promise<PartWriter> {
    const { random } = this.#outbox.ports;
    const writer = new PartWriter(makeId(random), await beginContent(random));
    this.#outbox.fresh(writer.blob, this.#conversation);
    return writer;
  }

  async #endPart(writer: PartWriter): Promise<SealedPiece> {
    const piece = await writer.finish();
    this.#before += writer.packets;
    this.#writer = null;
    return piece;
  }

  /** Bytes and row in one step, then they may travel. */
  async #store(pieces: readonly SealedPiece[]): Promise<void> {
    await this.#commit((row) => ({ next: row, pieces }));
    this.#outbox.grown(this);
  }

  async #release(details: SendDetails): Promise<void> {
    const { store, clock } = this.#outbox.ports;
    const row = await readRow(store, this.take);
    if (row === null) throw new Failure('not-found', { take: this.take });
    if (row.state.at !== 'growing') return;
    if (this.packets === 0) throw new Failure('audio.empty', { take: this.take });
    const last = this.#writer === null ? [] : [await this.#endPart(this.#writer)];
    try {
      if (last.length > 0 && this.#hash?.preSkip !== details.preSkip) await this.#store(last.splice(0));
      const { parts } = withPieces(((await readRow(store, this.take)) ?? row).parts, last);
      const expiry = details.expiry === undefined ? await expiryInForce(store, row.conversation) : details.expiry;
      const event = this.#compose(row, parts, { ...details, expiry }, await this.#sum(parts, details));
      await this.#commit(async (now, transaction) => {
        const state = { at: 'released', order: await nextOrder(transaction) } as const;
        return { next: { ...now, begun: now.made, made: clock.now(), state, event }, pieces: last };
      });
    } catch (error) {
      // What was sealed last is in no store: sent once more as it stands here, it would be missing.
      this.#lose(error);
      throw error;
    }
  }

  async #show(details: SendDetails, device: string): Promise<void> {
    if (this.packets === 0) return;
    const { store, random, clock, session } = this.#outbox.ports;
    if (this.#writer !== null) await this.#store([await this.#endPart(this.#writer)]);
    const row = await readRow(store, this.take);
    if (row?.state.at !== 'growing') return;
    const { conversation, owner, made } = row;
    const message = bodyOf(row.parts, details, await this.#sum(row.parts, details));
    if (row.shown?.sha256 === message.sha256) return;
    const who = await session.required();
    const body: DraftBody = { kind: 'draft', take: this.take, conversation, made, device, message };
    const event = compose({ id: makeId(random), log: await directLogId(owner, owner), device: who.device, class: 'signal', body, blobs: row.parts.map(refOf) });
    await this.#commit(async (now, transaction) => {
      // The other devices see the new one before the earlier ones go.
      await release(transaction, owner, event, clock.now(), { conversation, parts: now.parts });
      await withdraw(this.#outbox.ports, transaction, who, this.take, event.envelope.id);
      return { next: { ...now, shown: { event: event.envelope.id, sha256: message.sha256, discarded: false } }, pieces: [] };
    });
    this.#outbox.kick(conversation);
  }

  /** One durable step; when it fails what was sealed for it is lost, and only opening the take anew tells where it stands. */
  async #commit(step: (row: OutboxRow, transaction: Transaction) => Step | Promise<Step>): Promise<OutboxRow> {
    const { store } = this.#outbox.ports;
    try {
      const stored = await transact(store, async (transaction) => {
        const row = await transaction.get<OutboxRow>(keys.row(this.take));
        if (row?.state.at !== 'growing') throw new Failure('not-found', { take: this.take });
        const { next, pieces } = await step(row, transaction);
        const { parts, bytes } = withPieces(next.parts, pieces);
        for (const [key, sealed] of bytes) transaction.put(key, sealed);
        const changed: OutboxRow = { ...next, parts };
        transaction.put(keys.row(this.take), changed);
        return changed;
      });
      this.#parts = stored.parts;
      return stored;
    } catch (error) {
      this.#lose(error);
      throw error;
    }
  }

  #lose(error: unknown): void {
    this.#lost = error;
    this.#outbox.forget(this.take);
  }

  /** The hash of the whole file: it is ready but for the last page, unless the take was resumed or came with another pre-skip. */
  async #sum(parts: readonly PartRow[], { preSkip, samples }: SendDetails): Promise<string> {
    const running = this.#hash;
    this.#hash = null;
    try {
      if (running?.preSkip === preSkip) return running.finish(samples);
      const { store } = this.#outbox.ports;
      const hash = new MessageHash(preSkip);
      for (const part of parts) hash.push(await openPart(part, await readBytes(store, part.blob, 0, part.sealed)));
      return hash.finish(samples);
    } catch (error) {
      throw error instanceof AudioError ? new Failure('audio.damaged', { ...error.evidence }, { cause: error }) : error;
    }
  }

  #compose(row: OutboxRow, parts: readonly PartRow[], details: SendDetails, sha256: string): ReturnType<typeof compose> {
    const body = bodyOf(parts, details, sha256);
    return compose({ id: row.id, log: row.conversation, device: this.#device, class: 'message', body, blobs: parts.map(refOf), expiry: details.expiry ?? null });
  }
}

function bodyOf(parts: readonly PartRow[], { samples, preSkip, waveform, source }: SendDetails, sha256: string): MessageBody {
  return {
    kind: 'message',
    parts: parts.map(({ packets, bytes, key, cut }) => ({ packets, bytes, key, ...(cut && { cut }) })),
    samples, preSkip, sha256,
    waveform: toBase64Url(waveform),
    source: source.from === 'file' ? { from: 'file', name: source.name } : { from: 'microphone' },
  };
}

function packetsOf(parts: readonly PartRow[]): number {
  return parts.reduce((sum, part) => sum + part.packets, 0);
}

/**
 * The parts of a row after `pieces` were added to it, and the bytes where they belong. A part is known by its key, because the
 * id of its blob changes when the server has lost or spoilt it.
 */
function withPieces(parts: readonly PartRow[], pieces: readonly SealedPiece[]): { parts: PartRow[]; bytes: [key: string, bytes: Uint8Array<ArrayBuffer>][] } {
  const all = new Map(parts.map((part) => [part.key, part]));
  const bytes = pieces.map(({ part, offset, bytes: sealed }): [string, Uint8Array<ArrayBuffer>] => {
    const blob = all.get(part.key)?.blob ?? part.blob;
    all.set(part.key, { ...part, blob });
    return [keys.bytes(blob, offset), sealed];
  });
  return { parts: [...all.values()], bytes };
}
