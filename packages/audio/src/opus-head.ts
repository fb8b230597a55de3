import { AudioError } from './audio-error.ts';
import { OPUS_RATE } from './opus-packet.ts';

/** The first packet of an Ogg Opus stream (RFC 7845, section 5.1). */
export type OpusHead = {
  readonly channels: 1 | 2;
  /** Samples at 48 kHz that a player decodes and does not play. */
  readonly preSkip: number;
  /** What was recorded, in Hz; of interest only to people. Decoding is always at 48 kHz. */
  readonly inputRate: number;
  /** To be applied when playing, in 1/256 dB. */
  readonly outputGain: number;
};

const HEAD_BYTES = 19;
const MAGIC = 'OpusHead';

export function encodeOpusHead(channels: 1 | 2, preSkip: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEAD_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(MAGIC));
  bytes[8] = 1;
  bytes[9] = channels;
  view.setUint16(10, preSkip, true);
  view.setUint32(12, OPUS_RATE, true);
  return bytes;
}

/** Throws `AudioError`: Ogg that is not Opus, a later version, more channels than two. */
export function decodeOpusHead(packet: Uint8Array): OpusHead {
  if (!startsWith(packet, MAGIC)) {
    const codec = guessCodec(packet);
    throw new AudioError('unsupported', 'ogg-codec', `An Ogg stream of ${codec}, not of Opus.`, { codec });
  }
  if (packet.length < HEAD_BYTES) {
    throw new AudioError('damaged', 'opus-head', 'The Opus header is too short.', { bytes: packet.length });
  }
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  const version = view.getUint8(8);
  if (version >> 4 !== 0) throw new AudioError('unsupported', 'opus-version', `Opus header of version ${version}.`, { version });
  return {
    channels: channelsOf(view), preSkip: view.getUint16(10, true),
    inputRate: view.getUint32(12, true), outputGain: view.getInt16(16, true),
  };
}

/** One stream of one or two channels; surround sound, ambisonics and independent channels are refused. */
function channelsOf(view: DataView): 1 | 2 {
  const channels = view.getUint8(9);
  const family = view.getUint8(18);
  const plain = family === 0 || (family === 1 && view.byteLength > 19 && view.getUint8(19) === 1);
  if (plain && (channels === 1 || channels === 2)) return channels;
  if (channels === 0) throw new AudioError('damaged', 'opus-head', 'The Opus header names no channel.', { channels });
  throw new AudioError('unsupported', 'channels', `${channels} channels in mapping ${family}.`, { channels, family });
}

const CODECS: readonly (readonly [string, string])[] = [
  ['\x01vorbis', 'Vorbis'], ['Speex   ', 'Speex'], ['\x7fFLAC', 'FLAC'], ['fLaC', 'FLAC'], ['\x80theora', 'Theora'],
  ['fishead', 'several streams'], ['BBCD', 'Dirac'], ['OVP80', 'VP8'],
];

function guessCodec(packet: Uint8Array): string {
  return CODECS.find(([magic]) => startsWith(packet, magic))?.[1] ?? 'something unknown';
}

export function startsWith(bytes: Uint8Array, magic: string): boolean {
  for (let at = 0; at < magic.length; at += 1) if (bytes[at] !== magic.charCodeAt(at)) return false;
  return true;
}
