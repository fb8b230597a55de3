import { AudioError } from './audio-error.ts';
import { OpusDecoder } from './opus-decoder.ts';
import { OpusEncoder, type EncodedEnd, type OpusEncoderOptions } from './opus-encoder.ts';
import { samplesOf } from './opus-packet.ts';
import type { OpusCodec } from './opus-wasm.ts';
import { Resampler } from './resample.ts';

/** A message's sound as packets, and what is needed to play exactly what was recorded. */
export type EncodedSound = EncodedEnd;

/** Encodes one channel of any rate while it comes in: a resampler and an encoder in a row. */
export class PcmEncoder {
  readonly #resampler: Resampler;
  readonly #encoder: OpusEncoder;

  /** `rate` in Hz. Throws `AudioError` ('unsupported') for a rate that cannot be converted. */
  constructor(codec: OpusCodec, rate: number, options: OpusEncoderOptions = {}) {
    this.#resampler = new Resampler(rate);
    this.#encoder = new OpusEncoder(codec, options);
  }

  get preSkip(): number {
    return this.#encoder.preSkip;
  }

  /** Samples at 48 kHz so far. */
  get samples(): number {
    return this.#encoder.samples;
  }

  push(frames: Float32Array): Uint8Array<ArrayBuffer>[] {
    return this.#encoder.push(this.#resampler.push(frames));
  }

  finish(): EncodedEnd {
    const tail = this.#encoder.push(this.#resampler.finish());
    const end = this.#encoder.finish();
    return { ...end, packets: [...tail, ...end.packets] };
  }

  dispose(): void {
    this.#encoder.dispose();
  }
}

/** Encodes a whole recording of one channel, in pieces of any size, at `rate` Hz. */
export function encodePcm(
  codec: OpusCodec, pieces: Iterable<Float32Array>, rate: number, options: OpusEncoderOptions = {},
): EncodedSound {
  const encoder = new PcmEncoder(codec, rate, options);
  try {
    const packets: Uint8Array<ArrayBuffer>[] = [];
    for (const piece of pieces) packets.push(...encoder.push(piece));
    const end = encoder.finish();
    return { ...end, packets: [...packets, ...end.packets] };
  } finally {
    encoder.dispose();
  }
}

/** What is to be decoded: packets, without the first `preSkip` samples and behind the next `samples`. */
export type PlayableSound = {
  readonly packets: Iterable<Uint8Array>;
  readonly preSkip: number;
  readonly samples: number;
};

/** The sound of a message at 48 kHz, exactly `samples` long. Throws `AudioError` ('damaged') where the packets hold less. */
export function decodePackets(codec: OpusCodec, { packets, preSkip, samples }: PlayableSound): Float32Array<ArrayBuffer> {
  const list = [...packets];
  const available = samplesOf(list) - preSkip;
  if (available < samples) {
    const evidence = { samples, available, preSkip };
    throw new AudioError('damaged', 'length', `The packets hold less than ${samples} samples.`, evidence);
  }
  const decoder = new OpusDecoder(codec);
  try {
    const sound = new Float32Array(samples);
    let at = -preSkip;
    for (const packet of list) {
      const piece = decoder.decode(packet);
      const from = Math.max(0, -at);
      const to = Math.min(piece.length, samples - at);
      if (to > from) sound.set(piece.subarray(from, to), at + from);
      at += piece.length;
    }
    return sound;
  } finally {
    decoder.dispose();
  }
}
