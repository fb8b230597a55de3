import { AudioError } from './audio-error.ts';

/** What the `fmt ` chunk of a WAV file says. */
export type WavFormat = {
  readonly encoding: 'integer' | 'float';
  /** Bits that one sample takes in the file. */
  readonly bits: 8 | 16 | 24 | 32 | 64;
  readonly channels: number;
  /** Hz. */
  readonly sampleRate: number;
  /** One sample of every channel. */
  readonly frameBytes: number;
};

export const MAX_CHANNELS = 64;
export const MIN_SAMPLE_RATE = 1_000;
export const MAX_SAMPLE_RATE = 768_000;

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;
/** The part of a sub-format's GUID after its first two bytes, which are an old format number. */
const GUID_TAIL = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71] as const;

/** Throws `AudioError`: 'unsupported' names the variant that is not read, 'damaged' what contradicts itself. */
export function readWavFormat(chunk: Uint8Array): WavFormat {
  if (chunk.length < 16) throw new AudioError('damaged', 'wav-format', 'The WAV format chunk is too short.', { bytes: chunk.length });
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
  const tag = formatTag(view, chunk);
  const channels = view.getUint16(2, true);
  const sampleRate = view.getUint32(4, true);
  const frameBytes = view.getUint16(12, true);
  if (channels < 1) throw new AudioError('damaged', 'wav-format', 'The WAV file names no channel.', { channels });
  if (channels > MAX_CHANNELS) throw new AudioError('unsupported', 'channels', `${channels} channels.`, { channels, allowed: MAX_CHANNELS });
  if (sampleRate < MIN_SAMPLE_RATE || sampleRate > MAX_SAMPLE_RATE) {
    throw new AudioError('unsupported', 'sample-rate', `A sample rate of ${sampleRate} Hz.`, { sampleRate });
  }
  const { encoding, bits } = sampleKind(tag, frameBytes, channels);
  return { encoding, bits, channels, sampleRate, frameBytes };
}

function formatTag(view: DataView, chunk: Uint8Array): number {
  const tag = view.getUint16(0, true);
  if (tag !== EXTENSIBLE) return tag;
  if (chunk.length < 40 || GUID_TAIL.some((byte, at) => chunk[26 + at] !== byte)) {
    throw new AudioError('unsupported', 'wav-encoding', 'A WAV file of an unknown sub-format.', { tag });
  }
  return view.getUint16(24, true);
}

/** The room that a sample takes decides: 12 or 20 bits are stored at the top of 16 or 24. */
function sampleKind(tag: number, frameBytes: number, channels: number): Pick<WavFormat, 'encoding' | 'bits'> {
  const bits = (frameBytes / channels) * 8;
  if (tag === PCM && (bits === 8 || bits === 16 || bits === 24 || bits === 32)) return { encoding: 'integer', bits };
  if (tag === FLOAT && (bits === 32 || bits === 64)) return { encoding: 'float', bits };
  throw new AudioError('unsupported', 'wav-encoding', `WAV samples of kind ${tag} in ${bits} bits.`, { tag, bits });
}

/** Reads whole frames, as many as there are, and mixes them to one channel by their average. Full scale is 1. */
export function mixFrames(format: WavFormat, bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const { channels, frameBytes } = format;
  const frames = Math.floor(bytes.length / frameBytes);
  const mono = new Float32Array(frames);
  const sample = sampleReader(format, new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
  const step = frameBytes / channels;
  for (let frame = 0, at = 0; frame < frames; frame += 1) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1, at += step) sum += sample(at);
    mono[frame] = sum / channels;
  }
  return mono;
}

function sampleReader({ encoding, bits }: WavFormat, view: DataView): (at: number) => number {
  if (encoding === 'float') return bits === 32 ? (at) => view.getFloat32(at, true) : (at) => view.getFloat64(at, true);
  switch (bits) {
    case 8: return (at) => (view.getUint8(at) - 128) / 128; // the only unsigned one
    case 16: return (at) => view.getInt16(at, true) / 32_768;
    case 24: return (at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 65_536) / 8_388_608;
    default: return (at) => view.getInt32(at, true) / 2_147_483_648;
  }
}
