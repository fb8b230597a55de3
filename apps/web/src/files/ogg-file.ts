import { OggOpusReader, requireWholeOgg } from '@earshot/audio/ogg-opus-reader.ts';
import { FRAME_SAMPLES } from '@earshot/audio/opus-encoder.ts';
import { OpusDecoder } from '@earshot/audio/opus-decoder.ts';
import { isStereoPacket, OPUS_RATE, packetSamples } from '@earshot/audio/opus-packet.ts';
import type { OpusCodec } from '@earshot/audio/opus-wasm.ts';
import { bodyWaveform, WaveformCollector } from '@earshot/audio/waveform.ts';
import type { ConvertedSound } from './conversion.ts';
import { isSilent, SoundEncoder } from './sound-encoder.ts';

/**
 * An Ogg Opus file. Its packets are taken over as they are, without a loss, when they are what a message consists of: one
 * channel, 20 ms each. Others are decoded and encoded anew.
 */
export async function convertOgg(codec: OpusCodec, pieces: AsyncIterable<Uint8Array>): Promise<ConvertedSound> {
  const reader = new OggOpusReader();
  const packets: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of pieces) packets.push(...reader.push(piece));
  const summary = reader.end();
  requireWholeOgg(summary);
  const { preSkip, samples } = summary;
  const asItIs = packets.every((packet) => !isStereoPacket(packet) && packetSamples(packet) === FRAME_SAMPLES);
  const waveform = new WaveformCollector(OPUS_RATE);
  const encoder = asItIs ? null : new SoundEncoder(codec, OPUS_RATE);
  const decoder = new OpusDecoder(codec);
  let at = -preSkip;
  for (const packet of packets) {
    const sound = decoder.decode(packet);
    const heard = sound.subarray(Math.max(0, -at), Math.max(0, Math.min(sound.length, samples - at)));
    waveform.push(heard);
    encoder?.push(heard);
    at += sound.length;
  }
  decoder.dispose();
  if (encoder) return encoder.finish();
  const bars = waveform.bars();
  return { packets, samples, preSkip, waveform: bodyWaveform(bars), silent: isSilent(bars) };
}
