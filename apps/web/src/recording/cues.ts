import { signal, type Signal } from '@preact/signals';
import type { Preferences } from '../shell/preferences.ts';

/** What is said without words, to somebody who does not look. */
export type Cue = 'recording' | 'silent' | 'limit' | 'kept' | 'sent';

export interface Note {
  readonly hertz: number;
  /** Milliseconds from the beginning of the cue. */
  readonly at: number;
}

/** Milliseconds; and of full scale: soft, because it comes close to an ear. */
export const NOTE = 90;
export const LOUDNESS = 0.12;
/** Milliseconds that a cue goes on in a room, and in a motor that stops turning. */
export const FADING = 150;

/** Upwards is good, downwards asks to look; the one that begins a recording is a single note, as everybody knows it. */
export const CUES: Readonly<Record<Cue, { readonly notes: readonly Note[]; readonly vibration: readonly number[] }>> = {
  recording: { notes: [{ hertz: 880, at: 0 }], vibration: [40] },
  silent: { notes: [{ hertz: 660, at: 0 }, { hertz: 440, at: 120 }, { hertz: 440, at: 240 }], vibration: [80, 60, 80] },
  limit: { notes: [{ hertz: 660, at: 0 }, { hertz: 660, at: 160 }], vibration: [60, 100, 60] },
  kept: { notes: [{ hertz: 660, at: 0 }, { hertz: 440, at: 120 }], vibration: [60] },
  sent: { notes: [{ hertz: 660, at: 0 }, { hertz: 990, at: 100 }], vibration: [20] },
};

/** Milliseconds from the first note to the end of the last. */
export function lengthOf(cue: Cue): number {
  const { notes, vibration } = CUES[cue];
  return Math.max(NOTE + Math.max(...notes.map(({ at }) => at)), vibration.reduce((sum, part) => sum + part, 0));
}

/** The device's loudspeaker and motor. */
export interface Sounder {
  /** Milliseconds from asking for a sound until it leaves the loudspeaker. */
  latency(): Promise<number>;
  play(cue: Cue): void;
}

/**
 * Sounds and vibration, as far as they are wanted. No cue is ever in a recording: it is given before the first frame counts, after the
 * last, or while the recorder takes down silence in its place. Nothing here rejects: a cue that cannot be given is none.
 */
export interface Cues {
  /** All cues but the one below. */
  readonly wanted: Signal<boolean>;
  /** A note before recording begins: "speak after the tone". It costs its length, so it is asked for. */
  readonly before: Signal<boolean>;
  choose(which: 'wanted' | 'before', on: boolean): void;
  /** Resolves when it is over. `hush` is asked for silence of so many milliseconds first. */
  give(cue: Cue, hush?: (milliseconds: number) => Promise<void>): Promise<void>;
}

/** A loudspeaker this late is far away, behind a radio: silence of that length would cost speech. Milliseconds. */
const TOO_LATE = 400;

export function createCues(sounder: Sounder, preferences: Preferences, wait: (milliseconds: number) => Promise<void>): Cues {
  const wanted = signal(preferences.read('cues') !== 'off');
  const before = signal(preferences.read('tone') === 'on');
  return {
    wanted,
    before,
    choose: (which, on) => {
      (which === 'wanted' ? wanted : before).value = on;
      preferences.write(which === 'wanted' ? 'cues' : 'tone', on ? 'on' : 'off');
    },
    give: async (cue, hush = async () => undefined) => {
      if (!(cue === 'recording' ? before : wanted).value) return;
      const latency = await sounder.latency();
      if (latency > TOO_LATE) return;
      const all = lengthOf(cue) + latency + FADING;
      await hush(all);
      sounder.play(cue);
      await wait(all);
    },
  };
}
