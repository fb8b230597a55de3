import { concat } from '@earshot/base/encoding.ts';
import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Ports } from '../ports.ts';
import type { CreateOutcome, NewUpload, StoredBlob } from '../store/upload-store.ts';
import { Growing } from './growing.ts';
import { SumCache } from './sums.ts';
import { Turns, untilGivenUp } from './turns.ts';

/** Bytes are made durable in pieces of this size while they arrive: what was received before a cut counts. */
const FLUSH_BYTES = 262_144;
/** Read at once when a sum has to be computed from what is stored. */
const READ_BYTES = 1_048_576;

export interface Piece {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** As announced; null when it streams without a length. */
  readonly size: number | null;
  /** Given a checksum nothing is kept unless all of it is right. */
  readonly checksum: { readonly matches: (bytes: Uint8Array) => boolean } | null;
}

export interface UploadView {
  readonly id: Id;
  readonly offset: number;
  readonly length: number | null;
  /** When it is cleared unless it goes on; null once it is closed. */
  readonly expires: number | null;
}

/** Growing blobs: bytes first, then the offset that makes them count. */
export class Uploads {
  readonly #ports: Ports;
  readonly #sums: SumCache;
  readonly #turns = new Turns();
  readonly #growing: Growing;
  /** Resolved when the last bytes of an upload are durable and about to count. */
  readonly #awaited = new Map<Id, PromiseWithResolvers<void>>();

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#sums = new SumCache(ports.sums);
    this.#growing = new Growing(ports);
  }

  /** Idempotent by the id. With a piece its bytes are durable before the upload exists. `log`: whose members may fetch it while it grows. */
  create(person: Id, id: Id, length: number | null, piece: Piece | null, log: Id | null = null): Promise<UploadView> {
    return this.#turns.take(person, id, async (givenUp) => {
      const { limits, clock } = this.#ports;
      if (length !== null) this.#requireFit('blobBytes', length);
      if (piece && piece.size !== null && length !== null && piece.size > length) throw new Failure('upload.length', { length, seen: piece.size });
      const { offset, sum, rest } = piece ? await this.#first(id, length, { ...piece, chunks: untilGivenUp(piece.chunks, givenUp) }) : { offset: 0, sum: null, rest: null };
      const row = { id, owner: person, length, offset, sum, log, at: clock.now() };
      const outcome = await this.#create(row).catch(async (error: unknown) => {
        // A full disk took no row; after any other failure there may be one, and only a restart can tell.
        if (offset > 0 && error instanceof Failure && error.code === 'server.storage') await this.#ports.blobs.remove(id);
        throw error;
      });
      // What was not taken in leaves nothing behind: no row names these bytes.
      if ((outcome.kind === 'quota' || outcome.kind === 'too-many' || outcome.kind === 'nobody') && offset > 0) await this.#ports.blobs.remove(id);
      switch (outcome.kind) {
        case 'created': break;
        case 'exists': return this.#view(outcome.blob);
        case 'gone': throw new Failure('upload.gone', {});
        case 'taken': throw new Failure('not-found', {});
        case 'nobody': throw new Failure('session.missing', {});
        case 'too-many': throw new Failure('limit.reached', { limit: 'openUploadsPerPerson', allowed: limits.openUploadsPerPerson, seen: outcome.seen });
        case 'quota': throw new Failure('quota.full', { used: outcome.used, quota: limits.quotaBytes });
      }
      const blob: StoredBlob = { id, owner: person, state: 'open', length, offset, sum, touched: clock.now(), log };
      if (offset > 0 && offset !== length) this.#growing.grown(blob, offset);
      return rest ? this.#grow(blob, rest, null) : this.#view(blob);
    });
  }

  /** Whoever has as many as she may have gives up the one that stood still for longest: it begins again from its device once it is wanted. */
  async #create(row: NewUpload): Promise<CreateOutcome> {
    const { store, limits, clock, log } = this.#ports;
    const allowed = { open: limits.openUploadsPerPerson, quota: limits.quotaBytes };
    const outcome = await store.uploads.create(row, allowed);
    const before = clock.now() - limits.uploadYields;
    const idle = outcome.kind === 'too-many' ? await store.uploads.idlest(row.owner, before) : null;
    if (idle === null || this.#turns.pending(row.owner, idle) !== null) return outcome;
    log.info('idle upload makes room', { blob: idle });
    // It may have gone on or been taken by an event meanwhile, and then there is no place after all.
    await this.terminate(row.owner, idle, before).catch(() => undefined);
    return await store.uploads.create(row, allowed);
  }

  /** Where it stands, with all that has arrived of what is under way. */
  async view(person: Id, id: Id): Promise<UploadView> {
    const view = async (): Promise<UploadView> => this.#view(await this.#find(person, id));
    return this.#turns.pending(person, id) === null ? view() : this.#turns.take(person, id, view);
  }

  /** Appends at `offset`, which must be where the upload stands; `length` may be told now if it was deferred. */
  append(person: Id, id: Id, offset: number, length: number | null, piece: Piece): Promise<UploadView> {
    return this.#turns.take(person, id, async (givenUp) => {
      const blob = await this.#find(person, id);
      if (blob.state !== 'open') throw new Failure(blob.state === 'aside' ? 'blob.mismatch' : 'upload.closed', { blob: id });
      if (offset !== blob.offset) throw new Failure('upload.offset', { blob: id, offset: blob.offset });
      if (length !== null && ((blob.length !== null && blob.length !== length) || length < offset)) throw new Failure('upload.length', { length, announced: blob.length });
      if (length !== null) this.#requireFit('blobBytes', length);
      if (piece.size !== null) this.#requireFit('pieceBytes', piece.size);
      return this.#grow(blob, { ...piece, chunks: untilGivenUp(piece.chunks, givenUp) }, length);
    });
  }

  /** `idleSince`: only if nothing has come since. */
  terminate(person: Id, id: Id, idleSince = Infinity): Promise<void> {
    return this.#turns.take(person, id, async () => {
      const blob = await this.#ports.store.uploads.find(person, id);
      const outcome = await this.#ports.store.uploads.terminate(person, id, idleSince);
      if (outcome === 'not-found') throw new Failure('not-found', {});
      if (outcome === 'closed') throw new Failure('upload.closed', { blob: id });
      this.#sums.forget(id);
      if (blob !== null && blob !== 'gone') this.#growing.ended(blob);
      await this.#ports.blobs.remove(id);
      await this.#ports.store.uploads.removed([id]);
    });
  }

  /** Waits while bytes of this person's upload are arriving, not longer than an answer may take. */
  async arrived(person: Id, id: Id): Promise<void> {
    const { clock, limits } = this.#ports;
    const arriving = this.#turns.pending(person, id);
    if (arriving === null) return;
    const last = this.#awaited.get(id) ?? Promise.withResolvers<void>();
    this.#awaited.set(id, last);
    const over = new AbortController();
    await Promise.race([arriving, last.promise, clock.sleep(limits.closingWait, over.signal)]);
    over.abort();
    this.#awaited.delete(id);
  }

  async #find(person: Id, id: Id): Promise<StoredBlob> {
    const blob = await this.#ports.store.uploads.find(person, id);
    if (blob === null) throw new Failure('not-found', {});
    if (blob === 'gone') throw new Failure('upload.gone', { blob: id });
    return blob;
  }

  /** The bytes that come with the creation, as far as they go into one durable write. */
  async #first(id: Id, length: number | null, piece: Piece): Promise<{ readonly offset: number; readonly sum: string | null; readonly rest: Piece | null }> {
    if (piece.size !== null) this.#requireFit('pieceBytes', piece.size);
    // Whose bytes might lie there already is decided by `create`: never write into what exists.
    if (piece.checksum || (piece.size ?? Infinity) > FLUSH_BYTES || (await this.#taken(id))) return { offset: 0, sum: null, rest: piece };
    const bytes = await collect(piece.chunks, length ?? this.#ports.limits.blobBytes);
    if (bytes.length === 0) return { offset: 0, sum: null, rest: null };
    const { blobs } = this.#ports;
    const written = blobs.write(id, 0, bytes).catch(async (error: unknown) => {
      // A disk that became full in the middle has a part of it, which no row will ever name.
      await blobs.remove(id);
      throw error;
    });
    // While the disk is busy. What has come whole grows no more, so its sum need not be remembered.
    const sum = bytes.length === length ? this.#ports.sums.of(bytes) : this.#sums.extend(id, 0, bytes);
    await written;
    return { offset: bytes.length, sum, rest: null };
  }

  async #taken(id: Id): Promise<boolean> {
    return (await this.#ports.store.uploads.unknown([id])).length === 0;
  }

  async #grow(blob: StoredBlob, piece: Piece, length: number | null): Promise<UploadView> {
    const { limits, clock } = this.#ports;
    const end = length ?? blob.length;
    const most = Math.min((end ?? limits.blobBytes) - blob.offset, limits.pieceBytes);
    if (piece.size !== null && piece.size > most) throw this.#tooLong(blob, end, piece.size);
    let at = blob.offset;
    const keep = async (bytes: Uint8Array): Promise<void> => {
      if (bytes.length > 0) await this.#ports.blobs.write(blob.id, at, bytes);
      await this.#commit(blob, at, bytes, length);
      at += bytes.length;
    };
    const taken = await pour(piece, most, keep);
    if (taken.over) throw this.#tooLong(blob, end, most + 1);
    if (taken.spoiled) throw new Failure('upload.checksum', { blob: blob.id, offset: at });
    if (at === blob.offset && length !== null && blob.length === null) await keep(new Uint8Array());
    return { id: blob.id, offset: at, length: end, expires: clock.now() + limits.uploadIdle };
  }

  async #commit(blob: StoredBlob, from: number, bytes: Uint8Array, length: number | null): Promise<void> {
    const { store, limits, clock } = this.#ports;
    const sum = this.#sums.extend(blob.id, from, bytes);
    const advancing = store.uploads.advance({ owner: blob.owner, blob: blob.id, from, to: from + bytes.length, sum, length, at: clock.now(), quota: limits.quotaBytes });
    // An event that waits for these bytes is written behind them: one transaction and one fsync for both.
    if (from + bytes.length === (length ?? blob.length)) this.#awaited.get(blob.id)?.resolve();
    const outcome = await advancing;
    if (outcome.kind === 'advanced') return this.#growing.grown(blob, from + bytes.length);
    this.#sums.forget(blob.id);
    // Its end may have removed the bytes before these arrived, and nothing looks for them again. In this turn nobody else writes them.
    if (outcome.kind === 'gone') await this.#ports.blobs.remove(blob.id);
    switch (outcome.kind) {
      case 'offset': throw new Failure('upload.offset', { blob: blob.id, offset: outcome.offset });
      case 'quota': throw new Failure('quota.full', { used: outcome.used, quota: limits.quotaBytes });
      case 'closed': throw new Failure('upload.closed', { blob: blob.id });
      case 'gone': throw new Failure('upload.gone', { blob: blob.id });
      case 'not-found': throw new Failure('not-found', {});
    }
  }

  #tooLong(blob: StoredBlob, end: number | null, size: number): Failure {
    if (end !== null && blob.offset + size > end) return new Failure('upload.length', { blob: blob.id, offset: blob.offset, length: end, seen: blob.offset + size });
    const limit = blob.offset + size > this.#ports.limits.blobBytes ? 'blobBytes' : 'pieceBytes';
    return new Failure('limit.reached', { limit, allowed: this.#ports.limits[limit], seen: limit === 'blobBytes' ? blob.offset + size : size });
  }

  #requireFit(limit: 'blobBytes' | 'pieceBytes', seen: number): void {
    const allowed = this.#ports.limits[limit];
    if (seen > allowed) throw new Failure('limit.reached', { limit, allowed, seen });
  }

  #view(blob: StoredBlob): UploadView {
    return { id: blob.id, offset: blob.offset, length: blob.length, expires: blob.state === 'open' ? blob.touched + this.#ports.limits.uploadIdle : null };
  }
}

/** All chunks up to `most` bytes. A cut ends it like an end: where it stands is in the answer, for whoever hears it. */
async function collect(chunks: AsyncIterable<Uint8Array>, most: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of chunks) {
      size += chunk.length;
      if (size > most) throw new Failure('upload.length', { length: most, seen: size });
      parts.push(chunk);
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
  }
  return joined(parts);
}

/** Passes the bytes on in durable steps. A cut ends it like an end: what has arrived is kept, unless a checksum asks for all. */
async function pour(piece: Piece, most: number, keep: (bytes: Uint8Array) => Promise<void>): Promise<{ readonly over: boolean; readonly spoiled: boolean }> {
  let parts: Uint8Array[] = [];
  let waiting = 0;
  let size = 0;
  let over = false;
  let cut = false;
  try {
    for await (const chunk of piece.chunks) {
      const room = most - size;
      over = chunk.length > room;
      const fitting = over ? chunk.subarray(0, room) : chunk;
      parts.push(fitting);
      waiting += fitting.length;
      size += fitting.length;
      if (over) break;
      if (waiting < FLUSH_BYTES || piece.checksum) continue;
      await keep(joined(parts));
      parts = [];
      waiting = 0;
    }
  } catch (error) {
    if (error instanceof Failure || !isCut(error)) throw error;
    cut = true;
  }
  const bytes = joined(parts);
  if (piece.checksum && (cut || over || !piece.checksum.matches(bytes))) return { over, spoiled: !over };
  if (bytes.length > 0) await keep(bytes);
  return { over, spoiled: false };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  return parts.length === 1 && only ? only : concat(parts);
}

/** The sender's end of the line broke: not a fault of ours, and what came before it counts. */
function isCut(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_PREMATURE_CLOSE' || error.code === 'ABORT_ERR' || error.code === 'EPIPE');
}

/** SHA-256 of the first `length` stored bytes of a blob. */
export async function sumStored({ blobs, sums }: Ports, blob: Id, length: number): Promise<string> {
  const sum = sums.start();
  for (let at = 0; at < length; at += READ_BYTES) sum.update(await blobs.read(blob, at, Math.min(length, at + READ_BYTES)));
  return sum.digest();
}
