import { OPUS_RATE } from '@earshot/audio/opus-packet.ts';
import type { OpusCodec } from '@earshot/audio/opus-wasm.ts';
import { Resampler } from '@earshot/audio/resample.ts';
import { OpusEncoder } from '@earshot/audio/opus-encoder.ts';
import { bodyWaveform, WaveformCollector } from '@earshot/audio/waveform.ts';
import { AudioError } from '@earshot/audio/audio-error.ts';
import type { ConvertedSound } from './conversion.ts';

/** Height of a bar below which nobody hears anything: about -55 dBFS. */
const AUDIBLE = 22;

/** Encodes one channel of any rate while it is read, and draws its waveform on the way. */
export class SoundEncoder {
  readonly #resampler: Resampler;
  readonly #encoder: OpusEncoder;
  readonly #waveform = new WaveformCollector(OPUS_RATE);
  readonly #packets: Uint8Array[] = [];

  constructor(codec: OpusCodec, rate: number) {
    this.#resampler = new Resampler(rate);
    this.#encoder = new OpusEncoder(codec);
  }

  push(frames: Float32Array): void {
    this.#encode(this.#resampler.push(frames));
  }

  finish(): ConvertedSound {
    this.#encode(this.#resampler.finish());
    const { packets, samples, preSkip } = this.#encoder.finish();
    this.#encoder.dispose();
    if (samples === 0) throw new AudioError('empty', 'no-sound', 'The file holds no sound.');
    const bars = this.#waveform.bars();
    return { packets: [...this.#packets, ...packets], samples, preSkip, waveform: bodyWaveform(bars), silent: isSilent(bars) };
  }

  #encode(samples: Float32Array): void {
    this.#waveform.push(samples);
    this.#packets.push(...this.#encoder.push(samples));
  }
}

export function isSilent(bars: Uint8Array): boolean {
  return bars.every((height) => height < AUDIBLE);
}
