import type { OpusCodec } from '@earshot/audio/opus-wasm.ts';
import { PcmEncoder } from '@earshot/audio/transcode.ts';
import { bodyWaveform, WaveformCollector } from '@earshot/audio/waveform.ts';
import { Failure } from '@earshot/protocol/failures.ts';
import type { SoundSource } from './source.ts';

export interface Pcm {
  /** One channel, full scale 1. Throws `audio.*`, at the end too, when the sound turns out not to be all right. */
  readonly frames: AsyncIterable<Float32Array>;
  readonly rate: number;
  readonly seconds: number | null;
}

/** Encodes samples as they come. Throws `audio.empty` when none came. */
export function pcmSource(codec: OpusCodec, { frames, rate, seconds }: Pcm): SoundSource {
  const waveform = new WaveformCollector(rate);
  const encoder = new PcmEncoder(codec, rate);
  async function* packets(): AsyncGenerator<readonly Uint8Array[], void, undefined> {
    for await (const piece of frames) {
      waveform.push(piece);
      yield encoder.push(piece);
    }
    const end = encoder.finish();
    if (end.samples === 0) throw new Failure('audio.empty', { detail: 'no-sound' });
    yield end.packets;
  }
  const details = (): ReturnType<SoundSource['details']> => ({ samples: encoder.samples, preSkip: encoder.preSkip, waveform: bodyWaveform(waveform.bars()) });
  return { packets, details, seconds };
}
