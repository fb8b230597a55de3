import type { Id } from '@earshot/base/ids.ts';
import { Failure, type FailureCode } from '@earshot/protocol/failures.ts';
import type { Draft, Recorder, RecorderHappening } from '@earshot/recorder/recorder.ts';
import type { EditedTake } from '@earshot/recorder/journal/edit.ts';
import { minutes, person, wave } from './sample-data.ts';

export interface SampleRecorderOptions {
  readonly draft?: boolean;
  /** Whether a take was discarded the day before. */
  readonly discarded?: boolean;
  readonly refuse?: FailureCode;
  readonly fault?: FailureCode;
  /** The recording pauses by itself, because of this. */
  readonly interrupt?: FailureCode;
  /** The first frame never comes. */
  readonly hesitant?: boolean;
}

/** A recorder without a microphone: twelve seconds of speech are there at once, and nothing moves. */
export function createSampleRecorder({ draft = false, discarded = false, refuse, fault, interrupt, hesitant = false }: SampleRecorderOptions): Recorder {
  const listeners = new Set<(happening: RecorderHappening) => void>();
  const peaks = wave(5, 600);
  const packets = Array.from({ length: 600 }, () => Uint8Array.of(0xfc, 0xff, 0xfe));
  const drafts: Draft[] = draft ? [{ take: person(700), conversation: person(11), started: minutes(40), state: 'open', changed: minutes(40), packets: 600, open: false }] : [];
  if (discarded) drafts.push({ take: person(702), conversation: person(12), started: minutes(1_500), state: 'discarded', changed: minutes(1_490), packets: 900, open: false });
  const record = (take: Id): EditedTake => ({ take, conversation: person(11), started: minutes(40), state: 'open', changed: minutes(40), packets, peaks, parts: [{ packet: 0, preSkip: 312, padding: 0, microphone: 'Headset', source: { part: 0, from: 0 }, untouched: true }], splices: [], edits: [], torn: 0 });
  const say = (happening: RecorderHappening): void => listeners.forEach((listener) => listener(happening));
  const nothing = async (): Promise<void> => undefined;
  return {
    journal: 'opfs',
    ways: [],
    state: { at: 'idle', why: null },
    microphone: null,
    on: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start: async ({ take }) => {
      if (refuse) throw new Failure(refuse);
      say({ type: 'microphone', label: 'Jabra Evolve headset' });
      if (hesitant) await Promise.withResolvers<undefined>().promise;
      say({ type: 'frames', take, packets, peaks, part: true, total: 600, safe: 560, seconds: 12 });
      if (fault) say({ type: 'fault', code: fault, evidence: {} });
      if (interrupt) say({ type: 'state', state: { at: 'paused', take, why: interrupt } });
    },
    pause: nothing,
    resume: nothing,
    hush: nothing,
    stop: async () => ({ take: person(701), conversation: person(11), started: minutes(0), packets: 600, samples: 575_000, seconds: 12, preSkip: 312, peaks, waveform: wave(5, 120) }),
    permission: async () => 'granted',
    microphones: async () => [{ id: 'a', label: 'Jabra Evolve headset' }, { id: 'b', label: 'Built-in microphone' }],
    drafts: async () => drafts,
    readTake: async (take) => record(take),
    readWhole: async (take) => record(take),
    useMicrophone: nothing, edit: nothing, sweep: async () => 0,
    discard: nothing, undiscard: nothing, markSent: nothing, forget: nothing,
    [Symbol.asyncDispose]: nothing,
  };
}
