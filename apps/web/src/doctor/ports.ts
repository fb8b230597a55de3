import type { Id } from '@earshot/base/ids.ts';
import type { Setting } from '@earshot/doctor/engine/session.ts';
import type { Knowledge } from '@earshot/doctor/knowledge/schema.ts';
import type { ProbeSet } from '@earshot/doctor/probes/probe.ts';
import type { Speaker } from '../playing/speaker.ts';
import type { SoundProgress, SoundTake } from './probes/sound-take.ts';

export type Changed = 'network' | 'permission' | 'microphones';

/** What the Doctor needs of the page it runs in. Fetched when somebody asks for it. */
export interface DoctorPorts {
  /** From this device once the app is kept on it, so without a network as well. */
  readonly knowledge: () => Promise<Knowledge>;
  /** Anew for each look. `conversation`: where the Doctor was called from. */
  readonly probes: (conversation: Id | null) => ProbeSet;
  /** Has a person speak for so many seconds. */
  readonly takeSound: (seconds: number, signal: AbortSignal, progress: SoundProgress) => Promise<SoundTake>;
  /** Plays what was taken. */
  readonly speaker: Speaker;
  /** A second of two soft notes. Resolves when they are over; rejects when the browser wants a touch first. */
  readonly tone: () => Promise<void>;
  /** Which device and browser this is, as far as they tell. */
  readonly setting: Setting;
  /** Version of the browser, at most two numbers; null where it does not tell. */
  readonly runtime: string | null;
  /** Calls back when what was measured may have changed. Returns the end of it. */
  readonly changed: (listener: (what: Changed) => void) => () => void;
  readonly reload: () => void;
}
