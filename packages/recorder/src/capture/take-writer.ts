import { bodyWaveform, barHeight } from '@earshot/audio/waveform.ts';
import { FRAME_SAMPLES, OpusEncoder } from '@earshot/audio/opus-encoder.ts';
import type { OpusCodec } from '@earshot/audio/opus-wasm.ts';
import { JournalPump } from '../journal/journal-pump.ts';
import type { PumpEvents } from '../journal/journal-pump.ts';
import { lengthOf, partsHeard, peaksHeard, segmentsOf, withEdit } from '../journal/edit.ts';
import type { AppliedEdit, Edit } from '../journal/edit.ts';
import { GrowingBytes } from '../journal/growing-bytes.ts';
import type { JournalEntry, JournalWriter, OpenedTake, Splice, TakePart } from '../journal/journal.ts';
import type { FinishedTake } from '../recorder.ts';

/**
 * The lowest setting at which libopus still analyses the sound and spends the bits where it has something: at 24 kbit/s the noise it
 * leaves is that of the highest (segmental SNR of a human voice 9.60 dB; 9.62 at 10; 9.24 below 7) for three quarters of the time.
 */
export const COMPLEXITY = 7;

/** How far sound has come, counted since the take was opened here. Each stage can only be behind the one before. */
export interface StageCounts {
  /** 48 kHz samples that arrived from the worklet. */
  readonly samples: number;
  /** Packets that the encoder made, those that the journal took, and those that survive a power cut. */
  readonly encoded: number;
  readonly written: number;
  readonly safe: number;
  /** 48 kHz samples that the audio thread reported as skipped. */
  readonly missing: number;
}

/** Where an encoder began: with the sample `samples` of those pushed here, and packet `packets` of the take. */
export interface BegunPart {
  readonly samples: number;
  readonly packets: number;
  readonly preSkip: number;
}

/** Packets in a row, of one part, that were written since it was asked last. */
export interface Run {
  /** Whether the first of them begins a new part. */
  readonly part: boolean;
  readonly packets: Uint8Array<ArrayBuffer>[];
  /** One for each packet, 0 to 255. */
  readonly peaks: number[];
}

/**
 * Turns frames into packets in the journal, for one take. A new encoder, and with it a part, begins with the first frames after
 * opening and after `changeMicrophone`; a pause keeps the encoder, so that there is no seam.
 */
export class TakeWriter {
  /** Called when packets came to be on the disk. */
  onWritten: () => void = () => undefined;
  readonly #codec: OpusCodec;
  readonly #pump: JournalPump;
  readonly #before: OpenedTake;
  readonly #peaks: GrowingBytes;
  #parts: TakePart[];
  #edits: readonly AppliedEdit[];
  #begun: BegunPart | null = null;
  #encoder: OpusEncoder | null = null;
  #microphone = '';
  #framePeak = 0;
  #frameFilled = 0;
  #runs: Run[] = [];
  #untold = 0;
  #samples = 0;
  #encoded = 0;
  #written = 0;
  #safe = 0;
  #missing = 0;

  constructor(codec: OpusCodec, writer: JournalWriter, failed: PumpEvents['failed']) {
    this.#codec = codec;
    this.#before = writer.before;
    this.#peaks = new GrowingBytes(writer.before.peaks);
    this.#parts = [...writer.before.parts];
    this.#edits = writer.before.edits;
    this.#pump = new JournalPump(writer, {
      written: (entries) => this.#noteWritten(entries),
      safe: (packets) => (this.#safe = packets - this.#before.packets),
      failed,
    });
  }

  /** Packets of the take that are in the journal. */
  get packets(): number {
    return this.#before.packets + this.#written;
  }

  /** No sound came and none was there: nothing would be missing without this take. */
  get isEmpty(): boolean {
    const { packets, torn } = this.#before;
    return packets === 0 && torn === 0 && this.#samples === 0;
  }

  /** How many of them survive a power cut. */
  get safe(): number {
    return this.#before.packets + this.#safe;
  }

  get counts(): StageCounts {
    return { samples: this.#samples, encoded: this.#encoded, written: this.#written, safe: this.#safe, missing: this.#missing };
  }

  /** Where the encoder that is under way began; null between two. */
  get begun(): BegunPart | null {
    return this.#begun;
  }

  push(samples: Float32Array, missing = 0): void {
    const encoder = this.#encoder ?? this.#begin();
    this.#samples += samples.length;
    this.#missing += missing;
    const peaks = this.#measure(samples);
    this.#store(encoder.push(samples), peaks);
  }

  /** What follows comes from this microphone: another one makes another part. */
  changeMicrophone(label: string): void {
    if (label === this.#microphone) return;
    this.#endPart();
    this.#microphone = label;
  }

  /** The microphone was replaced: marks the place. What is in the encoder stays in it, for there is no seam where none is needed. */
  splice({ gap, why }: Omit<Splice, 'packet'>): void {
    this.#pump.push([{ type: 'splice', gap: Math.round(gap), why }]);
  }

  /** Changes what is heard. Sound behind it comes from a new encoder: it no longer follows what the old one remembers. */
  edit(edit: Edit): void {
    const length = this.#lengthHeard();
    this.#endPart();
    // The end of the encoder adds what was still in it: a cut up to the end takes that along.
    const whole = edit.kind === 'cut' && edit.to === length ? { ...edit, to: this.#lengthHeard() } : edit;
    this.#pump.push([{ type: 'edit', edit: whole }]);
    this.#edits = withEdit(this.#edits, whole, this.#before.packets + this.#encoded);
  }

  #lengthHeard(): number {
    return lengthOf(segmentsOf(this.#edits, this.#before.packets + this.#encoded));
  }

  flush(): void {
    this.#pump.flush();
  }

  /** Packets that `takeProgress` would return. */
  get untold(): number {
    return this.#untold;
  }

  /** What was written since the last call; each packet once. */
  takeProgress(): Run[] {
    const runs = this.#runs.filter((run) => run.packets.length > 0);
    const begun = this.#runs.at(-1);
    this.#untold = 0;
    this.#runs = begun !== undefined && begun.packets.length === 0 ? [begun] : [];
    return runs;
  }

  /** Resolves when everything that was pushed and completes a packet is on the disk for good; throws `recorder.storage`. */
  settle(): Promise<void> {
    return this.#pump.settle();
  }

  /** Ends the encoder, so that its last sound is in, and makes all of it durable. Can be repeated after it threw. */
  async finish(): Promise<FinishedTake> {
    this.#endPart();
    await this.#pump.settle();
    return this.#finished();
  }

  /** The take as it is heard, after all edits. */
  #finished(): FinishedTake {
    const { take, conversation, started } = this.#before;
    const recorded = this.packets;
    const segments = segmentsOf(this.#edits, recorded);
    const parts = partsHeard({ parts: this.#parts.filter((part, index) => part.packet < (this.#parts[index + 1]?.packet ?? recorded)), edits: this.#edits, recorded });
    const peaks = peaksHeard(segments, this.#peaks.copy());
    const packets = lengthOf(segments);
    const preSkip = parts[0]?.preSkip ?? 0;
    const samples = Math.max(0, packets * FRAME_SAMPLES - preSkip - (parts.at(-1)?.padding ?? 0));
    return { take, conversation, started, packets, samples, seconds: samples / 48_000, preSkip, peaks, waveform: bodyWaveform(peaks) };
  }

  async close(): Promise<void> {
    this.#encoder?.dispose();
    await this.#pump.close();
  }

  #begin(): OpusEncoder {
    const encoder = new OpusEncoder(this.#codec, { complexity: COMPLEXITY });
    this.#encoder = encoder;
    const packet = this.#before.packets + this.#encoded;
    this.#begun = { samples: this.#samples, packets: packet, preSkip: encoder.preSkip };
    this.#parts.push({ packet, preSkip: encoder.preSkip, padding: 0, microphone: this.#microphone });
    this.#pump.push([{ type: 'part', preSkip: encoder.preSkip, microphone: this.#microphone }]);
    return encoder;
  }

  #endPart(): void {
    const encoder = this.#encoder;
    if (encoder === null) return;
    this.#encoder = null;
    this.#begun = null;
    const samples = encoder.samples;
    const { packets, preSkip } = encoder.finish();
    encoder.dispose();
    // The last packets hold what is left of the last frame, and the codec's lookahead.
    const peaks = packets.map((_, index) => (index === 0 ? barHeight(this.#framePeak) : 0));
    this.#framePeak = 0;
    this.#frameFilled = 0;
    this.#store(packets, peaks);
    const whole = Math.ceil((samples + preSkip) / FRAME_SAMPLES) * FRAME_SAMPLES;
    const padding = samples === 0 ? 0 : whole - samples - preSkip;
    const part = this.#parts.at(-1);
    if (part !== undefined) this.#parts[this.#parts.length - 1] = { ...part, padding };
    this.#pump.push([{ type: 'end', padding }]);
  }

  #store(packets: readonly Uint8Array<ArrayBuffer>[], peaks: readonly number[]): void {
    if (packets.length === 0) return;
    this.#encoded += packets.length;
    this.#pump.push(packets.map((bytes, index) => ({ type: 'packet', bytes, peak: peaks[index] ?? 0 })));
  }

  /** The peaks of the frames that these samples complete, in step with the encoder. */
  #measure(samples: Float32Array): number[] {
    const peaks: number[] = [];
    for (let at = 0; at < samples.length;) {
      const end = Math.min(samples.length, at + FRAME_SAMPLES - this.#frameFilled);
      this.#framePeak = Math.max(this.#framePeak, highest(samples, at, end));
      this.#frameFilled += end - at;
      at = end;
      if (this.#frameFilled < FRAME_SAMPLES) break;
      peaks.push(barHeight(this.#framePeak));
      this.#framePeak = 0;
      this.#frameFilled = 0;
    }
    return peaks;
  }

  #noteWritten(entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      if (entry.type === 'part') this.#runs.push({ part: true, packets: [], peaks: [] });
      if (entry.type !== 'packet') continue;
      this.#written += 1;
      this.#peaks.push(entry.peak);
      const run = this.#runs.at(-1) ?? { part: false, packets: [], peaks: [] };
      if (this.#runs.length === 0) this.#runs.push(run);
      run.packets.push(entry.bytes.slice());
      run.peaks.push(entry.peak);
      this.#untold += 1;
    }
    this.onWritten();
  }
}

/** The largest amplitude from one sample to before another. */
function highest(samples: Float32Array, from: number, end: number): number {
  let peak = 0;
  for (let at = from; at < end; at += 1) {
    const amplitude = Math.abs(samples[at] as number);
    if (amplitude > peak) peak = amplitude;
  }
  return peak;
}
