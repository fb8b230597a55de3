import { toInt16 } from './pcm.ts';

const HEADER_BYTES = 44;

/** A WAV file of one channel in 16 bits. `samples` have their full scale at 1 and are clamped to it. */
export function writeWav(samples: Float32Array, sampleRate: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + samples.length * 2);
  bytes.set(wavHeader(samples.length, sampleRate));
  const view = new DataView(bytes.buffer, HEADER_BYTES);
  const numbers = toInt16(samples);
  for (const [index, number] of numbers.entries()) view.setInt16(index * 2, number, true);
  return bytes;
}

/** The 44 bytes before the samples of such a file, for who writes it piece by piece. */
export function wavHeader(frames: number, sampleRate: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  const text = (at: number, id: string): void => bytes.set(new TextEncoder().encode(id), at);
  text(0, 'RIFF');
  view.setUint32(4, HEADER_BYTES - 8 + frames * 2, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, frames * 2, true);
  return bytes;
}
