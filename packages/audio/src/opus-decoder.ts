import { AudioError } from './audio-error.ts';
import { isValidPacket, MAX_PACKET_BYTES, MAX_PACKET_SAMPLES, OPUS_RATE } from './opus-packet.ts';
import type { OpusCodec } from './opus-wasm.ts';
import { fromInt16 } from './pcm.ts';

/** Decodes packets, in their order, to one channel at 48 kHz; packets in stereo are mixed. */
export class OpusDecoder {
  readonly #codec: OpusCodec;
  readonly #decoder: number;
  readonly #pcm: number;
  readonly #packet: number;
  #disposed = false;

  constructor(codec: OpusCodec) {
    this.#codec = codec;
    this.#decoder = codec.allocate(codec.exports.opus_decoder_get_size(1));
    this.#pcm = codec.allocate(MAX_PACKET_SAMPLES * 2);
    this.#packet = codec.allocate(MAX_PACKET_BYTES);
    const result = codec.exports.opus_decoder_init(this.#decoder, OPUS_RATE, 1);
    if (result < 0) throw new Error(`assertion: libopus refused to decode with ${result}`);
  }

  /**
   * The samples of one packet, full scale 1. The first ones of a stream, as many as its pre-skip says, are not to be played.
   * Throws `AudioError` ('damaged') for a packet that is not Opus.
   */
  decode(packet: Uint8Array): Float32Array<ArrayBuffer> {
    if (this.#disposed) throw new Error('assertion: the decoder was disposed');
    if (!isValidPacket(packet)) throw new AudioError('damaged', 'packet', 'A packet is not valid Opus.', { bytes: packet.length });
    this.#codec.bytes(this.#packet, packet.length).set(packet);
    const { exports } = this.#codec;
    const samples = exports.opus_decode(this.#decoder, this.#packet, packet.length, this.#pcm, MAX_PACKET_SAMPLES, 0);
    if (samples < 0) {
      const evidence = { bytes: packet.length, code: samples };
      throw new AudioError('damaged', 'packet', 'A packet of sound cannot be decoded.', evidence);
    }
    return fromInt16(this.#codec.numbers(this.#pcm, samples));
  }

  /** Gives the codec's memory back. The decoder is of no further use; calling it again is harmless. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const pointer of [this.#decoder, this.#pcm, this.#packet]) this.#codec.exports.free(pointer);
  }
}
