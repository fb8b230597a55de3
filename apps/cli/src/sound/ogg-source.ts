import { requireWholeOgg, OggOpusReader, readOggOpus, type OggOpusFile } from '@earshot/audio/ogg-opus-reader.ts';
import { OpusDecoder } from '@earshot/audio/opus-decoder.ts';
import { OPUS_RATE, packetSamples } from '@earshot/audio/opus-packet.ts';
import type { OpusCodec } from '@earshot/audio/opus-wasm.ts';
import { bodyWaveform, WaveformCollector } from '@earshot/audio/waveform.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import { pcmSource } from './pcm-source.ts';
import type { SoundSource } from './source.ts';

/** The packets of a message are 20 ms each, so that a position in packets is a position in time. */
const PLAIN_SAMPLES = 960;
/** A second: so much is handed on at once. */
const BATCH = 50;

/** Whether the packets can go as they are: plain ones, at the loudness they have. */
function isPlain(packet: Uint8Array): boolean {
  return packetSamples(packet) === PLAIN_SAMPLES;
}

/** A whole file, checked to its end before a packet of it is given out. Throws `AudioError`. */
export function oggFileSource(codec: OpusCodec, bytes: Uint8Array): SoundSource {
  const file = readOggOpus(bytes);
  requireWholeOgg(file);
  const seconds = file.samples / OPUS_RATE;
  if (file.samples < 1) throw new Failure('audio.empty', { detail: 'no-sound' });
  if (file.outputGain !== 0 || !file.packets.every(isPlain)) return pcmSource(codec, { frames: decoded(codec, file), rate: OPUS_RATE, seconds });
  const listener = new Listener(codec, file.preSkip);
  async function* packets(): AsyncGenerator<readonly Uint8Array[], void, undefined> {
    for (let at = 0; at < file.packets.length; at += BATCH) {
      const batch = file.packets.slice(at, at + BATCH);
      listener.hear(batch);
      yield batch;
    }
  }
  return { packets, seconds, details: () => ({ samples: file.samples, preSkip: file.preSkip, waveform: listener.waveform() }) };
}

/**
 * A stream, given out packet by packet while it comes. Resolves with its first sound; throws `AudioError` then and while it is read,
 * and at its end when it did not reach its end mark.
 */
export async function oggStreamSource(codec: OpusCodec, bytes: AsyncIterator<Uint8Array>): Promise<SoundSource> {
  const reader = new OggOpusReader();
  let first: readonly Uint8Array[] = [];
  while (first.length === 0) {
    const next = await bytes.next();
    if (next.done === true) break;
    first = reader.push(next.value);
  }
  // A stream without sound is refused by `end`, which knows why.
  const { preSkip, outputGain } = reader.head ?? reader.end();
  const rest = async function* (): AsyncGenerator<readonly Uint8Array[], void, undefined> {
    yield first;
    for (let next = await bytes.next(); next.done !== true; next = await bytes.next()) yield reader.push(next.value);
  };
  if (outputGain !== 0 || !first.every(isPlain)) return pcmSource(codec, { frames: decodedStream(codec, rest(), reader), rate: OPUS_RATE, seconds: null });
  const listener = new Listener(codec, preSkip);
  let samples = 0;
  async function* packets(): AsyncGenerator<readonly Uint8Array[], void, undefined> {
    for await (const batch of rest()) {
      if (!batch.every(isPlain)) throw new Failure('audio.unsupported', { detail: 'packet-duration', message: 'The length of the packets changes within the stream.' });
      listener.hear(batch);
      yield batch;
    }
    const summary = reader.end();
    requireWholeOgg(summary);
    samples = summary.samples;
    if (samples < 1) throw new Failure('audio.empty', { detail: 'no-sound' });
  }
  return { packets, seconds: null, details: () => ({ samples, preSkip, waveform: listener.waveform() }) };
}

/** Decodes what is passed on untouched, only to draw its waveform. */
class Listener {
  readonly #decoder: OpusDecoder;
  readonly #collector = new WaveformCollector();
  #skip: number;

  constructor(codec: OpusCodec, preSkip: number) {
    this.#decoder = new OpusDecoder(codec);
    this.#skip = preSkip;
  }

  hear(packets: readonly Uint8Array[]): void {
    for (const packet of packets) {
      const samples = this.#decoder.decode(packet);
      this.#collector.push(samples.subarray(Math.min(this.#skip, samples.length)));
      this.#skip = Math.max(0, this.#skip - samples.length);
    }
  }

  waveform(): Uint8Array {
    return bodyWaveform(this.#collector.bars());
  }
}

/** Exactly the sound of a file, a packet at a time. */
async function* decoded(codec: OpusCodec, { packets, preSkip, samples, outputGain }: OggOpusFile): AsyncGenerator<Float32Array> {
  const decoder = new OpusDecoder(codec);
  const gain = loudness(outputGain);
  let at = -preSkip;
  for (const packet of packets) {
    const piece = decoder.decode(packet);
    const from = Math.min(piece.length, Math.max(0, -at));
    const to = Math.max(from, Math.min(piece.length, samples - at));
    yield piece.subarray(from, to).map((sample) => sample * gain);
    at += piece.length;
  }
  decoder.dispose();
}

/** The sound of a stream. Its length is known too late to trim it: up to a packet of padding stays at its end. */
async function* decodedStream(codec: OpusCodec, batches: AsyncIterable<readonly Uint8Array[]>, reader: OggOpusReader): AsyncGenerator<Float32Array> {
  const decoder = new OpusDecoder(codec);
  let skip = reader.head?.preSkip ?? 0;
  const gain = loudness(reader.head?.outputGain ?? 0);
  for await (const batch of batches) {
    for (const packet of batch) {
      const piece = decoder.decode(packet);
      const from = Math.min(skip, piece.length);
      skip -= from;
      yield piece.subarray(from).map((sample) => sample * gain);
    }
  }
  decoder.dispose();
  requireWholeOgg(reader.end());
}

/** The header's gain is in 1/256 dB. */
function loudness(outputGain: number): number {
  return 10 ** (outputGain / (20 * 256));
}
