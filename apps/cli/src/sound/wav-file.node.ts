import { readOggOpus } from '@earshot/audio/ogg-opus-reader.ts';
import { OPUS_RATE } from '@earshot/audio/opus-packet.ts';
import { startOpusFromPackage } from '@earshot/audio/opus-wasm.node.ts';
import { decodePackets } from '@earshot/audio/transcode.ts';
import { writeWav } from '@earshot/audio/wav-writer.ts';

/** The sound of a message as a WAV file: one channel, 48 kHz. */
export async function oggOpusToWav(ogg: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return writeWav(decodePackets(await startOpusFromPackage(), readOggOpus(ogg)), OPUS_RATE);
}
