import type { OpusCodec } from '@earshot/audio/opus-wasm.ts';
import { requireWholeWav, WavReader } from '@earshot/audio/wav.ts';
import { pcmSource } from './pcm-source.ts';
import type { SoundSource } from './source.ts';

/**
 * A WAV file or stream, encoded while it is read. Resolves when its header was read; throws `AudioError`, then and while it is
 * read. `size` is that of the file, to know its length beforehand; null for a stream.
 */
export async function wavSource(codec: OpusCodec, bytes: AsyncIterator<Uint8Array>, size: number | null): Promise<SoundSource> {
  const reader = new WavReader();
  let first: Float32Array = new Float32Array(0);
  while (reader.format === null) {
    const next = await bytes.next();
    if (next.done === true) break;
    first = reader.push(next.value);
  }
  // A file without a header is refused by `end`, which knows why.
  const { format } = reader.format === null ? reader.end() : { format: reader.format };
  async function* frames(): AsyncGenerator<Float32Array> {
    yield first;
    for (let next = await bytes.next(); next.done !== true; next = await bytes.next()) yield reader.push(next.value);
    requireWholeWav(reader.end());
  }
  const { sampleRate, frameBytes } = format;
  return pcmSource(codec, { frames: frames(), rate: sampleRate, seconds: size === null ? null : size / frameBytes / sampleRate });
}
