import { FRAME_SAMPLES, OpusEncoder } from '@earshot/audio/opus-encoder.ts';
import type { OpusCodec } from '@earshot/audio/opus-wasm.ts';
import { CHAIN_START, encodeEntries } from '../journal/journal-format.ts';
import { COMPLEXITY } from './take-writer.ts';
import { Watch } from './watch.ts';

/** 1.2 s: behind it, engines have compiled whatever a packet needs on its way. */
const PACKETS = 60;
const SETTLED = 20;

/**
 * Sends made-up sound through encoder, sentinel and journal format, so that the first word does not wait for compilers: without it the
 * second packet of a recording is 70 to 140 ms late, and lost if the browser is killed just then. Gives way after every packet, and ends
 * as soon as `wanted` says so.
 */
export async function warmUp(codec: OpusCodec, wanted: () => boolean, giveWay: () => Promise<void>): Promise<void> {
  const encoder = new OpusEncoder(codec, { complexity: COMPLEXITY });
  const watch = new Watch(null);
  const sound = new Float32Array(FRAME_SAMPLES);
  for (let packet = 0; packet < PACKETS && wanted(); packet += 1) {
    for (let at = 0; at < FRAME_SAMPLES; at += 1) sound[at] = 0.2 * Math.sin((packet * FRAME_SAMPLES + at) / (12 + (packet % 8))) + 0.05 * Math.sin(at * at);
    const packets = encoder.push(sound);
    encodeEntries(packets.map((bytes) => ({ type: 'packet', bytes, peak: 1 })), CHAIN_START);
    watch.push(sound, 0);
    const counts = { samples: (packet + 1) * FRAME_SAMPLES, encoded: packet + 1, written: packet + 1, safe: packet + 1, missing: 0 };
    if (packet > SETTLED) watch.look(counts, packet * 20);
    await giveWay();
  }
  encoder.dispose();
}
