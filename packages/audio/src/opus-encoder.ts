import { MAX_FRAME_BYTES, OPUS_RATE } from './opus-packet.ts';
import type { OpusCodec } from './opus-wasm.ts';
import { toInt16 } from './pcm.ts';

/** 20 ms: shorter ones cost bits, longer ones cost time between speaking and hearing. */
export const FRAME_SAMPLES = 960;
/** Speech that nobody can tell from the original on a phone; 180 KB a minute. */
export const DEFAULT_BITRATE = 24_000;

/** Numbers of libopus' encoder settings (`opus_defines.h`). */
const SET_BITRATE = 4002;
const SET_VBR = 4006;
const SET_COMPLEXITY = 4010;
const SET_DTX = 4016;
const SET_SIGNAL = 4024;
const GET_LOOKAHEAD = 4027;
const APPLICATION_AUDIO = 2049;
const SIGNAL_VOICE = 3001;

export type OpusEncoderOptions = {
  /** Bits a second, 6000 to 510000. */
  readonly bitrate?: number;
  /** 0 (quick) to 10 (good). */
  readonly complexity?: number;
};

/** What the end of an encoding says: the last packets, and how to play exactly what was put in. */
export type EncodedEnd = {
  readonly packets: readonly Uint8Array<ArrayBuffer>[];
  /** Exactly the samples that were pushed. */
  readonly samples: number;
  readonly preSkip: number;
};

/**
 * Encodes one channel at 48 kHz to packets of 20 ms each, every one of them the same length of time whatever was said (no
 * discontinuous transmission), so that a position in packets is a position in time.
 *
 * The codec's "audio" application is used and told that it is speech: the "voip" one filters the voice for intelligibility
 * on calls, while a message should sound like the person.
 */
export class OpusEncoder {
  /** Samples by which sound comes out of a decoder later than it went in. */
  readonly preSkip: number;
  readonly #codec: OpusCodec;
  readonly #encoder: number;
  readonly #pcm: number;
  readonly #packet: number;
  readonly #waiting = new Float32Array(FRAME_SAMPLES);
  #waitingLength = 0;
  #samples = 0;
  #frames = 0;
  #disposed = false;

  constructor(codec: OpusCodec, { bitrate = DEFAULT_BITRATE, complexity = 10 }: OpusEncoderOptions = {}) {
    this.#codec = codec;
    const { exports } = codec;
    this.#encoder = codec.allocate(exports.opus_encoder_get_size(1));
    this.#pcm = codec.allocate(FRAME_SAMPLES * 2);
    this.#packet = codec.allocate(MAX_FRAME_BYTES + 1);
    expectOk(exports.opus_encoder_init(this.#encoder, OPUS_RATE, 1, APPLICATION_AUDIO), 'init');
    const settings = [[SET_BITRATE, bitrate], [SET_VBR, 1], [SET_COMPLEXITY, complexity], [SET_DTX, 0], [SET_SIGNAL, SIGNAL_VOICE]] as const;
    for (const [request, value] of settings) expectOk(exports.opus_encoder_ctl_set(this.#encoder, request, value), `setting ${request}`);
    this.preSkip = exports.opus_encoder_ctl_get(this.#encoder, GET_LOOKAHEAD);
  }

  /** Samples pushed so far. */
  get samples(): number {
    return this.#samples;
  }

  /** Takes samples of any number (full scale 1; clamped; NaN is silence) and returns the packets they complete. */
  push(samples: Float32Array): Uint8Array<ArrayBuffer>[] {
    this.#samples += samples.length;
    return this.#take(samples);
  }

  /** Encodes what is left, followed by silence until the last sample pushed has come out of the codec's lookahead. */
  finish(): EncodedEnd {
    const needed = this.#samples === 0 ? 0 : Math.ceil((this.#samples + this.preSkip) / FRAME_SAMPLES);
    const padding = needed * FRAME_SAMPLES - this.#frames * FRAME_SAMPLES - this.#waitingLength;
    const packets = this.#take(new Float32Array(padding));
    return { packets, samples: this.#samples, preSkip: this.preSkip };
  }

  /** Gives the codec's memory back. The encoder is of no further use; calling it again is harmless. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const pointer of [this.#encoder, this.#pcm, this.#packet]) this.#codec.exports.free(pointer);
  }

  #take(samples: Float32Array): Uint8Array<ArrayBuffer>[] {
    const packets: Uint8Array<ArrayBuffer>[] = [];
    for (let at = 0; at < samples.length;) {
      const count = Math.min(samples.length - at, FRAME_SAMPLES - this.#waitingLength);
      this.#waiting.set(samples.subarray(at, at + count), this.#waitingLength);
      this.#waitingLength += count;
      at += count;
      if (this.#waitingLength < FRAME_SAMPLES) continue;
      packets.push(this.#encode());
      this.#waitingLength = 0;
    }
    return packets;
  }

  #encode(): Uint8Array<ArrayBuffer> {
    if (this.#disposed) throw new Error('assertion: the encoder was disposed');
    toInt16(this.#waiting, this.#codec.numbers(this.#pcm, FRAME_SAMPLES));
    const limit = MAX_FRAME_BYTES + 1;
    const size = this.#codec.exports.opus_encode(this.#encoder, this.#pcm, FRAME_SAMPLES, this.#packet, limit);
    expectOk(size, 'encode');
    this.#frames += 1;
    return this.#codec.bytes(this.#packet, size).slice();
  }
}

/** Nothing that the world does makes libopus refuse samples or these settings, so an error is ours. */
function expectOk(result: number, what: string): void {
  if (result < 0) throw new Error(`assertion: libopus refused ${what} with ${result}`);
}
