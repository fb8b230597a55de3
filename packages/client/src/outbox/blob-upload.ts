import type { Clock } from '@earshot/base/clock.ts';
import type { Id } from '@earshot/base/ids.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { Store } from '../store.ts';
import { readBytes } from '../stores/bytes.ts';
import type { UploadsApi } from '../wire/uploads.ts';
import type { PieceSize } from './piece-size.ts';

export interface UploadPorts {
  readonly store: Store;
  readonly uploads: UploadsApi;
  readonly clock: Clock;
  readonly pieceSize: PieceSize;
}

type Progress = (moved: boolean) => void | Promise<void>;

/** Moves the bytes of one blob, one request in flight. It may be asked again at any time, also while it is under way. */
export class BlobUpload {
  readonly #ports: UploadPorts;
  readonly #blob: Id;
  readonly #log: Id | null;
  /** What the server has; null when that has to be asked. */
  #offset: number | null;
  #created: boolean;
  /** The server had lost it, and no piece was taken since. */
  #lost = false;
  #sealed = 0;
  #finished = false;
  readonly #ended = new AbortController();
  #run: Promise<void> | null = null;
  /** The server named a time: whoever asks before is told how much of it is left, unasked. Milliseconds since 1970. */
  #rest: { readonly from: number; readonly until: number; readonly failure: Failure } | null = null;

  /** `fresh`: nothing of it was ever sent. `log`: whose members may fetch it while it grows. */
  constructor(ports: UploadPorts, blob: Id, fresh: boolean, log: Id | null = null) {
    this.#log = log;
    this.#ports = ports;
    this.#blob = blob;
    this.#offset = fresh ? 0 : null;
    this.#created = false;
  }

  /** Bytes that the server is known to have. */
  get stored(): number {
    return this.#offset ?? 0;
  }

  /** Whether the bytes up to `sealed` can travel in one request, begun now. */
  isOneRequest(sealed: number): boolean {
    return this.#created && this.#run === null && this.#offset !== null && sealed - this.#offset <= this.#ports.pieceSize.bytes;
  }

  /** The server's word is needed again. */
  doubt(): void {
    this.#offset = null;
  }

  /** A person asked, or the network is another one: the time that was named is waited for no longer. */
  tryNow(): void {
    this.#rest = null;
  }

  /** The server answers again: what a stranger named in its place counts no longer. */
  nudge(): void {
    if (this.#rest?.failure.code.startsWith('network.')) this.#rest = null;
  }

  /** Nobody wants it any more: nothing more is sent, and the request in flight is waited for only where it creates it. Whoever waits for its bytes waits no longer. */
  stop(): void {
    this.#ended.abort();
  }

  /** Ends it on the server, behind the request in flight: one that created it would otherwise come later. */
  async end(): Promise<void> {
    this.stop();
    await this.#run?.catch(() => undefined);
    if (this.#created || this.#offset !== 0) await this.#ports.uploads.terminate(this.#blob);
  }

  /** The first `sealed` bytes shall be on the server; when `finished` there will be no more. Resolves when they are, or nobody wants them any more. `progress` hears after each answer whether bytes got through, or it was only asked for what is there. */
  async reach(sealed: number, finished: boolean, signal: AbortSignal, progress: Progress): Promise<void> {
    this.#sealed = Math.max(this.#sealed, sealed);
    this.#finished ||= finished;
    while (!this.#ended.signal.aborted && (this.#offset === null || this.#offset < sealed)) {
      this.#run ??= this.#steps(signal, progress).finally(() => {
        this.#run = null;
      });
      await this.#run;
    }
  }

  async #steps(signal: AbortSignal, progress: Progress): Promise<void> {
    while (!this.#ended.signal.aborted && (this.#offset === null || this.#offset < this.#sealed)) {
      const before = this.#offset;
      try {
        await this.#step(this.#created || before === null ? AbortSignal.any([signal, this.#ended.signal]) : signal);
      } catch (error) {
        // What becomes of bytes that nobody wants concerns nobody.
        if (!this.#ended.signal.aborted) throw error;
      }
      await progress(before !== null && this.stored > before);
    }
  }

  async #step(signal: AbortSignal): Promise<void> {
    const now = this.#ports.clock.now();
    if (this.#rest !== null && now >= this.#rest.from && now < this.#rest.until) {
      const { failure, until } = this.#rest;
      throw new Failure(failure.code, { ...failure.evidence, retryAfter: Math.ceil((until - now) / 1000) }, { cause: failure });
    }
    try {
      this.#offset = this.#offset === null ? await this.#ask(signal) : await this.#send(this.#offset, signal);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.code === 'upload.offset' && typeof error.evidence['offset'] === 'number') {
        this.#offset = error.evidence['offset'];
        return;
      }
      // Closed: an event that names it was posted, so every byte had been there.
      if (error.code === 'upload.closed') {
        this.#offset = this.#sealed;
        return;
      }
      this.#offset = null;
      // The server knows nothing of what it had: it was brought back from a backup. It is begun anew, once: behind that a refusal is one.
      if (error.code === 'not-found' && this.#created && !this.#lost) {
        this.#lost = true;
        return;
      }
      const named = Number(error.evidence['retryAfter'] ?? 0) * 1000;
      if (named > 0) this.#rest = { from: now, until: now + named, failure: error };
      throw error;
    }
  }

  async #ask(signal: AbortSignal): Promise<number> {
    try {
      const { uploads, pieceSize } = this.#ports;
      const offset = await uploads.offset(this.#blob, { signal, patience: pieceSize.patience(0) });
      this.#created = true;
      return offset;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.code === 'network.stalled') this.#ports.pieceSize.lost(0, true, this.#ports.clock.now());
      if (error.code !== 'not-found') throw error;
      this.#created = false;
      return 0;
    }
  }

  async #send(offset: number, signal: AbortSignal): Promise<number> {
    const { store, uploads, clock, pieceSize } = this.#ports;
    const end = Math.min(this.#sealed, offset + pieceSize.bytes);
    const length = this.#finished ? this.#sealed : null;
    const bytes = await readBytes(store, this.#blob, offset, end);
    if (bytes.length < end - offset) throw new Failure('blob.damaged', { blob: this.#blob, offset: offset + bytes.length });
    const way = { signal, patience: pieceSize.patience(bytes.length) };
    const began = clock.now();
    try {
      // Without an end the length stays open: more may be sealed while this travels.
      const stored = this.#created ? await uploads.append(this.#blob, offset, bytes, end === length ? length : null, way) : await uploads.create(this.#blob, this.#log, bytes, length, way);
      this.#lost &&= !this.#created;
      this.#created = true;
      pieceSize.took(bytes.length, clock.now() - began, clock.now());
      return stored;
    } catch (error) {
      if (!(error instanceof Failure) || !isLoss(error)) throw error;
      const smaller = pieceSize.lost(bytes.length, error.code === 'network.stalled', clock.now());
      // Refused for its size, nothing of it arrived: the same again, in smaller pieces.
      if (smaller && error.evidence['status'] === TOO_LARGE) return offset;
      throw error;
    }
  }
}

const TOO_LARGE = 413;

/** A piece that did not get through, perhaps because of its size. */
function isLoss({ code, evidence }: Failure): boolean {
  return code === 'network.stalled' || code === 'network.unreachable' || (code === 'network.foreign' && evidence['status'] === TOO_LARGE);
}
