import type { FailureCode } from '@earshot/protocol/failures.ts';
import type { AnswerOf } from './catalogue.ts';

/** What came of speaking into the recorder for some seconds. */
export interface SoundTaken {
  /** What stopped it or kept it from beginning, then what was named while it went on; in that order. */
  readonly codes: readonly FailureCode[];
  /** Packets of 20 ms that the recorder said it has kept, and those read back from the disk; null when nothing was recorded. */
  readonly kept: number | null;
  readonly readBack: number | null;
  /** 0 to 255 for each packet: linear in decibels from -60 dBFS to full scale. */
  readonly peaks: Uint8Array;
}

const SOUND: Partial<Record<FailureCode, AnswerOf<'microphone-sound'>>> = {
  'mic.denied': 'not-allowed', 'mic.dismissed': 'not-allowed', 'mic.none': 'none', 'mic.busy': 'busy', 'mic.ended': 'ended', 'mic.muted': 'muted', 'mic.no-frames': 'no-frames',
  'mic.silent': 'silent', 'mic.wrong-rate': 'wrong-rate', 'mic.dropouts': 'dropouts', 'mic.clipping': 'clipping', 'mic.quiet': 'quiet', 'mic.background': 'room', 'mic.narrow-band': 'muffled',
};

/** A packet with a peak above -30 dBFS has a voice near it, and so many of them are more than a knock: 0.3 s. */
const VOICE_PEAK = 128;
const VOICE_PACKETS = 15;

/** What the microphone gave. The first thing that was named is the cause of what came after it. */
export function judgeSound({ codes, kept, peaks }: SoundTaken): AnswerOf<'microphone-sound'> {
  for (const code of codes) {
    const answer = SOUND[code];
    if (answer !== undefined) return answer;
  }
  if (kept === null || kept === 0) return 'unknown';
  return voicePackets(peaks) >= VOICE_PACKETS ? 'good' : 'room';
}

/** Whether what arrived went all the way. Where nothing arrived there is nothing to say. */
export function judgeStages({ codes, kept, readBack }: SoundTaken, stage: string | null): AnswerOf<'recording-stages'> {
  if (codes.includes('recorder.storage')) return 'disk';
  if (codes.includes('recorder.pipeline')) return stage === 'worklet' ? 'capture' : stage === 'written' ? 'disk' : 'encoder';
  if (kept === null || kept === 0) return 'unknown';
  return readBack === kept ? 'whole' : 'disk';
}

export function voicePackets(peaks: Uint8Array): number {
  return peaks.reduce((count, peak) => count + (peak >= VOICE_PEAK ? 1 : 0), 0);
}

/** dBFS of the loudest packet; -60 for silence. */
export function loudest(peaks: Uint8Array): number {
  return Math.round(peaks.reduce((most, peak) => Math.max(most, peak), 0) * (60 / 255) - 60);
}
