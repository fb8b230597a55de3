import { effect } from '@preact/signals';
import type { FailureCode } from '@earshot/protocol/failures.ts';
import type { Cue, Cues } from './cues.ts';
import type { Phase, Recording } from './recording.ts';

/** Nothing comes out of the microphone: somebody who does not look speaks in vain. */
const SILENT: ReadonlySet<FailureCode> = new Set(['mic.silent', 'mic.muted', 'mic.no-frames', 'mic.quiet', 'mic.background']);
/** Peaks of 20 ms, and how high they are at -45 dBFS: a pause in speaking. */
const PAUSE = 15;
const SOFT = 64;

/** Gives the cues that follow from what happens to a recording. In mid-take they wait for a pause in speaking, which they take up. */
export function watchForCues(recording: Pick<Recording, 'phase' | 'fault' | 'peaks'>, cues: Cues, hush: (milliseconds: number) => Promise<void>): () => void {
  let due: Cue | null = null;
  let [phase, code]: [Phase, FailureCode | null] = ['idle', null];
  const stops = [
    effect(() => {
      const [before, now] = [phase, recording.phase.value];
      phase = now;
      if (now !== 'recording') due = null;
      if (before === 'recording' && now === 'paused' && recording.fault.peek() !== null) void cues.give('kept');
      if (before === 'sending' && now === 'idle') void cues.give('sent');
    }),
    effect(() => {
      const [before, now] = [code, recording.fault.value?.code ?? null];
      code = now;
      if (now === null || now === before || recording.phase.peek() !== 'recording') return;
      if (SILENT.has(now)) due = 'silent';
      if (now === 'recorder.storage-low') due = 'limit';
    }),
    effect(() => {
      const peaks = recording.peaks.value;
      if (due === null || peaks.length < PAUSE || peaks.subarray(-PAUSE).some((peak) => peak > SOFT)) return;
      void cues.give(due, hush);
      due = null;
    }),
  ];
  return () => stops.forEach((stop) => stop());
}
