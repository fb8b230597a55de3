import { AudioError } from '@earshot/audio/audio-error.ts';
import type { OpusCodec } from '@earshot/audio/opus-wasm.ts';
import { requireWholeWav, WavReader } from '@earshot/audio/wav.ts';
import type { ConvertedSound } from './conversion.ts';
import { SoundEncoder } from './sound-encoder.ts';

export async function convertWav(codec: OpusCodec, pieces: AsyncIterable<Uint8Array>): Promise<ConvertedSound> {
  const reader = new WavReader();
  let encoder: SoundEncoder | null = null;
  for await (const piece of pieces) {
    const frames = reader.push(piece);
    if (reader.format) encoder ??= new SoundEncoder(codec, reader.format.sampleRate);
    encoder?.push(frames);
  }
  requireWholeWav(reader.end());
  if (!encoder) throw new AudioError('empty', 'no-sound', 'The WAV file holds no sound.');
  return encoder.finish();
}
