import { bodyWaveform } from '@earshot/audio/waveform.ts';
import { writeOggOpus } from '@earshot/audio/ogg-opus.ts';
import { FRAME_SAMPLES } from '@earshot/audio/opus-encoder.ts';
import type { SendDetails } from '@earshot/client/earshot.ts';
import type { TakeRecord } from '@earshot/recorder/journal/journal.ts';

/** Packets (20 ms) behind one bar of a waveform (100 ms). */
const PER_BAR = 5;
/** Packets in a second. */
export const PACKETS_PER_SECOND = 50;

/** What is known of a take when it is sent. */
export function detailsOf(record: TakeRecord): SendDetails {
  const preSkip = record.parts[0]?.preSkip ?? 0;
  // Only the padding of the last part lies at the end; earlier ones are silence in between.
  const padding = record.parts.at(-1)?.padding ?? 0;
  const samples = Math.max(1, record.packets.length * FRAME_SAMPLES - preSkip - padding);
  return { samples, preSkip, waveform: waveformOf(record.peaks), source: { from: 'microphone' } };
}

function waveformOf(peaks: Uint8Array): Uint8Array<ArrayBuffer> {
  const bars = Uint8Array.from({ length: Math.ceil(peaks.length / PER_BAR) }, (_, bar) => Math.max(...peaks.subarray(bar * PER_BAR, (bar + 1) * PER_BAR)));
  return bodyWaveform(bars);
}

/** The draft as a file that any player reads. */
export function fileOf(record: TakeRecord): Uint8Array<ArrayBuffer> {
  const { samples, preSkip } = detailsOf(record);
  return writeOggOpus({ packets: record.packets, samples, preSkip });
}
