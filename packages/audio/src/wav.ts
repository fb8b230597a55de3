import { AudioError } from './audio-error.ts';
import { ByteQueue } from './byte-queue.ts';
import { mixFrames, readWavFormat, type WavFormat } from './wav-format.ts';

/**
 * How a WAV file ended: `whole` with the length it claims; `open` where it claims none, as programs do that write to a
 * pipe or were killed; `torn` before the length it claims; `overlong` with bytes behind it that are no chunk.
 */
export type WavEnding = 'whole' | 'open' | 'torn' | 'overlong';

export type WavSummary = {
  readonly format: WavFormat;
  /** Frames read, at `format.sampleRate`. */
  readonly frames: number;
  /** Frames the header claims, or null where it claims nothing. */
  readonly claimedFrames: number | null;
  readonly ending: WavEnding;
};

const MAX_FORMAT_BYTES = 4_096;
/**
 * Programs that cannot seek back write 0, all ones, or (sox) a round number just below 2 GiB. So an honest RIFF file above
 * 2 GiB is read to its end as well, only that its length proves nothing; RF64 says it properly.
 */
const UNKNOWN_FROM = 0x7ffff000;
const MAX_SIZE = 0xffffffff;

type Chunk = { readonly id: string; readonly size: number };

/** Where the reader stands in the file. */
type Stage =
  | { readonly at: 'riff' }
  | { readonly at: 'chunks' }
  | { readonly at: 'skip'; readonly left: number; readonly next: 'chunks' | 'tail' }
  | { readonly at: 'data'; readonly left: number | null }
  | { readonly at: 'tail' }
  | { readonly at: 'overlong' };

/**
 * Reads a WAV file (RIFF or RF64; integers of 8 to 32 bits, floats) while it arrives, in pieces cut anywhere, and gives its
 * frames mixed to one channel. Throws `AudioError`: 'empty', 'not-audio', 'unsupported', 'damaged', 'torn'. A length that is
 * not kept is no error while reading but said in the summary's `ending`, see `requireWholeWav`.
 */
export class WavReader {
  readonly #queue = new ByteQueue();
  #stage: Stage = { at: 'riff' };
  #format: WavFormat | null = null;
  #riffSize = 0;
  #dataSize64: number | null = null;
  #claimedBytes: number | null = null;
  #frames = 0;
  #bytes = 0;

  /** Known once the header has come, and before the first frame. */
  get format(): WavFormat | null {
    return this.#format;
  }

  /** The frames that these bytes complete; possibly none. */
  push(piece: Uint8Array): Float32Array<ArrayBuffer> {
    this.#queue.push(piece);
    this.#bytes += piece.length;
    const parts: Float32Array<ArrayBuffer>[] = [];
    while (this.#step(parts));
    return joinFrames(parts);
  }

  end(): WavSummary {
    if (this.#bytes === 0) throw new AudioError('empty', 'no-bytes', 'There are no bytes.');
    const stage = this.#stage;
    if (this.#format === null || stage.at === 'riff' || stage.at === 'chunks' || (stage.at === 'skip' && stage.next === 'chunks')) {
      throw new AudioError('torn', 'headers', 'The WAV file stops before its sound.', { bytes: this.#bytes });
    }
    const { frameBytes } = this.#format;
    const claimedFrames = this.#claimedBytes === null ? null : Math.floor(this.#claimedBytes / frameBytes);
    if (this.#frames === 0 && !claimedFrames) throw new AudioError('empty', 'no-sound', 'The WAV file holds no sound.');
    return { format: this.#format, frames: this.#frames, claimedFrames, ending: this.#ending(stage) };
  }

  #ending(stage: Stage): WavEnding {
    if (stage.at === 'overlong') return 'overlong';
    if (stage.at === 'tail') return this.#queue.length > 1 ? 'overlong' : 'whole'; // one byte may be left for padding
    if (stage.at === 'skip') return stage.left <= 1 ? 'whole' : 'overlong';
    return this.#claimedBytes === null ? 'open' : 'torn';
  }

  /** One step through the file; false when more bytes are needed. */
  #step(parts: Float32Array<ArrayBuffer>[]): boolean {
    const stage = this.#stage;
    switch (stage.at) {
      case 'riff': return this.#readRiff();
      case 'chunks': return this.#readChunk();
      case 'skip': return this.#skip(stage.left, stage.next);
      case 'data': return this.#readData(stage.left, parts);
      case 'tail': return this.#readTail();
      case 'overlong': return this.#discard();
    }
  }

  #readRiff(): boolean {
    const bytes = this.#queue.peek();
    const id = ascii(bytes, 0);
    if (!['RIFF', 'RF64', 'BW64'].some((known) => known.startsWith(id))) {
      if (id === 'RIFX') throw new AudioError('unsupported', 'wav-encoding', 'A WAV file with its bytes in the other order.');
      throw new AudioError('not-audio', 'wav', 'This is not a WAV file.');
    }
    if (bytes.length < 12) return false;
    if (ascii(bytes, 8) !== 'WAVE') throw new AudioError('not-audio', 'riff', 'A RIFF file, but not of sound.', { form: ascii(bytes, 8) });
    this.#riffSize = uint32(bytes, 4);
    this.#queue.drop(12);
    this.#stage = { at: 'chunks' };
    return true;
  }

  #readChunk(): boolean {
    const chunk = this.#peekChunk();
    if (chunk === null) return false;
    if (chunk.id === 'data') return this.#beginData(chunk.size);
    if (!isChunkId(chunk.id)) throw new AudioError('damaged', 'wav-chunk', 'No chunk where one should begin in the WAV file.');
    if (chunk.id !== 'fmt ' && chunk.id !== 'ds64') return this.#goto({ at: 'skip', left: 8 + padded(chunk.size), next: 'chunks' });
    if (chunk.size > MAX_FORMAT_BYTES) {
      const evidence = { seen: chunk.size, allowed: MAX_FORMAT_BYTES };
      throw new AudioError('damaged', 'wav-format', 'The WAV format chunk is too long.', evidence);
    }
    if (this.#queue.length < 8 + chunk.size) return false;
    const content = this.#queue.peek().subarray(8, 8 + chunk.size);
    if (chunk.id === 'fmt ') this.#format = readWavFormat(content);
    else if (content.length >= 16) this.#dataSize64 = uint32(content, 8) + uint32(content, 12) * 2 ** 32;
    return this.#goto({ at: 'skip', left: 8 + padded(chunk.size), next: 'chunks' });
  }

  #beginData(size: number): boolean {
    if (this.#format === null) throw new AudioError('damaged', 'wav-format', 'The WAV file has sound before its format.');
    this.#claimedBytes = this.#claim(size);
    this.#queue.drop(8);
    return this.#goto({ at: 'data', left: this.#claimedBytes });
  }

  /** The length that the header claims for the sound, or null where it was written before that was known. */
  #claim(size: number): number | null {
    if (size === MAX_SIZE && this.#dataSize64 !== null && this.#dataSize64 > 0) return this.#dataSize64;
    if (size >= UNKNOWN_FROM) return null;
    // Nothing is claimed by a 0, unless the file as a whole claims to go on behind this chunk.
    const before = this.#bytes - this.#queue.length;
    return size === 0 && this.#riffSize <= before ? null : size;
  }

  #readData(left: number | null, parts: Float32Array<ArrayBuffer>[]): boolean {
    const format = this.#format;
    if (format === null) throw new Error('assertion: sound before its format');
    const waiting = this.#queue.peek();
    const usable = left === null ? waiting.length : Math.min(waiting.length, left);
    const whole = usable - (usable % format.frameBytes);
    if (whole > 0) {
      parts.push(mixFrames(format, waiting.subarray(0, whole)));
      this.#frames += whole / format.frameBytes;
      this.#queue.drop(whole);
    }
    if (left === null) return false;
    const rest = left - whole;
    this.#stage = { at: 'data', left: rest };
    if (rest >= format.frameBytes || this.#queue.length < rest) return false;
    this.#queue.drop(rest);
    return this.#goto({ at: 'skip', left: (this.#claimedBytes ?? 0) % 2, next: 'tail' });
  }

  /** Behind the sound come chunks again, of no interest, or what has no business there. */
  #readTail(): boolean {
    const chunk = this.#peekChunk();
    if (chunk === null) return false;
    if (!isChunkId(chunk.id)) return this.#goto({ at: 'overlong' });
    return this.#goto({ at: 'skip', left: 8 + padded(chunk.size), next: 'tail' });
  }

  #skip(left: number, next: 'chunks' | 'tail'): boolean {
    const now = Math.min(left, this.#queue.length);
    this.#queue.drop(now);
    this.#stage = now === left ? { at: next } : { at: 'skip', left: left - now, next };
    return now === left;
  }

  #discard(): boolean {
    this.#queue.drop(this.#queue.length);
    return false;
  }

  #peekChunk(): Chunk | null {
    const bytes = this.#queue.peek();
    return bytes.length < 8 ? null : { id: ascii(bytes, 0), size: uint32(bytes, 4) };
  }

  #goto(stage: Stage): true {
    this.#stage = stage;
    return true;
  }
}

/** Throws `AudioError` ('torn' or 'damaged') for a file whose sound is not as long as its header claims. */
export function requireWholeWav(summary: WavSummary): void {
  const { ending, frames, claimedFrames } = summary;
  if (ending === 'whole' || ending === 'open') return;
  const evidence = { frames, claimedFrames: claimedFrames ?? 0 };
  if (ending === 'torn') throw new AudioError('torn', 'wav', 'The WAV file is shorter than its header claims.', evidence);
  throw new AudioError('damaged', 'wav-length', 'The WAV file is longer than its header claims.', evidence);
}

/** Reads a whole file, as `WavReader` does. */
export function readWav(bytes: Uint8Array): WavSummary & { readonly mono: Float32Array<ArrayBuffer> } {
  const reader = new WavReader();
  const mono = reader.push(bytes);
  return { ...reader.end(), mono };
}

function joinFrames(parts: readonly Float32Array<ArrayBuffer>[]): Float32Array<ArrayBuffer> {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function ascii(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function isChunkId(id: string): boolean {
  return /^[ -~]{4}$/.test(id);
}

function uint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}

function padded(size: number): number {
  return size + (size % 2);
}
