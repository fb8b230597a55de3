import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Id } from '@earshot/base/ids.ts';
import type { Evidence, FailureCode } from '@earshot/protocol/failures.ts';
import { custodyOf } from '@earshot/recorder/custody.ts';
import type { Edit } from '@earshot/recorder/journal/edit.ts';
import type { Microphone } from '@earshot/recorder/recorder.ts';
import type { Lasts, NextLasts } from '../keeping/next-lasts.ts';
import type { Stop } from './stop.ts';
import { PACKETS_PER_SECOND } from './take-sound.ts';

/**
 * ```
 * idle ─start─▶ starting ─frames─▶ recording ◀─resume─ paused ◀─▶ listening
 *                  │                   │                  │            │
 *                  ▼                   └──────────────────┴─── send ───┴─▶ sending ─▶ idle
 *                idle (no microphone)                     └─ discard ─▶ idle
 * ```
 */
export type Phase = 'idle' | 'starting' | 'recording' | 'paused' | 'listening' | 'sending';

/** A recording that was neither sent nor discarded. */
export interface Draft {
  readonly take: Id;
  readonly conversation: Id;
  /** Milliseconds since 1970, of this device. */
  readonly started: number;
  readonly seconds: number;
  readonly peaks: Uint8Array;
  /** What ended it; null where that was a person, or is not known any more. */
  readonly why: Stop | null;
}

/** A recording that was discarded and can still be brought back. */
export interface Resting {
  readonly take: Id;
  readonly conversation: Id;
  readonly started: number;
  readonly seconds: number;
  /** When it goes for good; milliseconds since 1970. */
  readonly until: number;
}

/** Whole seconds of the take by where they are, from its beginning on. */
export interface Whereabouts {
  readonly server: number;
  readonly device: number;
  readonly memory: number;
}

/** The recorder bar's state and verbs. A verb that makes no sense in a phase does nothing. */
export interface Recording {
  readonly phase: ReadonlySignal<Phase>;
  readonly mode: ReadonlySignal<'hold' | 'free'>;
  /** Whether a take is at hand, in whichever conversation. */
  readonly busy: ReadonlySignal<boolean>;
  readonly conversation: ReadonlySignal<Id | null>;
  readonly packets: ReadonlySignal<number>;
  readonly seconds: ReadonlySignal<number>;
  /** One peak for each packet. */
  readonly peaks: ReadonlySignal<Uint8Array>;
  readonly whereabouts: ReadonlySignal<Whereabouts>;
  /** Why the take at hand paused by itself; null where a person wanted it so. */
  readonly kept: ReadonlySignal<FailureCode | null>;
  /** Changes of the take at hand that can be undone. */
  readonly edits: ReadonlySignal<number>;
  /** How long the next message stays, where somebody chose that for it alone; null: as is usual there. */
  readonly lasts: ReadonlySignal<Lasts | null>;
  readonly fault: ReadonlySignal<{ readonly code: FailureCode; readonly evidence: Evidence } | null>;
  /** The name of the microphone in use, or last used. */
  readonly microphone: ReadonlySignal<string | null>;
  readonly chosenMicrophone: ReadonlySignal<string | null>;
  /** While listening: whether it sounds, and where. */
  readonly playing: ReadonlySignal<boolean>;
  readonly position: ReadonlySignal<number>;
  readonly drafts: ReadonlySignal<readonly Draft[]>;
  /** The newest first. */
  readonly resting: ReadonlySignal<readonly Resting[]>;

  start(conversation: Id, mode: 'hold' | 'free'): void;
  /** Goes on hands-free. `said` tells screen readers. */
  lock(said: boolean): void;
  togglePause(): void;
  toggleListening(): void;
  seek(seconds: number): void;
  /** Places are packets of the take as it is heard. What is cut to make room is kept, and `undo` brings it back. */
  edit(edit: Edit): void;
  /** Cuts everything behind the position, and goes on recording from there. */
  sayAgain(): void;
  choose(lasts: Lasts | null): void;
  discard(): void;
  send(): void;
  /** What is at hand becomes a draft. */
  putAway(): void;
  /** The person has left: what is at hand becomes a draft. */
  leave(): void;
  continueDraft(draft: Draft): void;
  listenToDraft(draft: Draft): void;
  sendDraft(draft: Draft): void;
  discardDraft(draft: Draft): void;
  /** Brings a discarded recording back as a draft. */
  restore(take: Id): Promise<void>;
  /** Lets go for good of a discarded recording. */
  letGo(take: Id): Promise<void>;
  /** Whether the recording of a message that is on its way is on this device: given up, it rests like one that was discarded. */
  keeps(message: Id): boolean;
  microphones(): Promise<Microphone[]>;
  chooseMicrophone(id: string | null): void;
  /** Reads the position once more: called for every picture. */
  tick(): void;
}

/** The signals of a recording, in one place: the engine writes them, views read them. */
export function createRecordingState(chosen: string | null, drafts: Signal<readonly Draft[]>, { lasts }: NextLasts) {
  const phase = signal<Phase>('idle');
  const packets = signal(0);
  const state = {
    phase,
    packets,
    mode: signal<'hold' | 'free'>('free'),
    conversation: signal<Id | null>(null),
    packetsStored: signal(0),
    /** Packets at the end that a power cut would still cost. */
    unsafe: signal(0),
    edits: signal(0),
    lasts,
    kept: signal<FailureCode | null>(null),
    peaks: signal<Uint8Array>(new Uint8Array(0)),
    fault: signal<{ readonly code: FailureCode; readonly evidence: Evidence } | null>(null),
    microphone: signal<string | null>(null),
    chosenMicrophone: signal<string | null>(chosen),
    playing: signal(false),
    position: signal(0),
    drafts,
  };
  return {
    ...state,
    busy: computed(() => phase.value !== 'idle'),
    seconds: computed(() => packets.value / PACKETS_PER_SECOND),
    whereabouts: computed(() => whereaboutsOf(packets.value, packets.value - state.unsafe.value, state.packetsStored.value)),
  };
}

function whereaboutsOf(total: number, safe: number, stored: number): Whereabouts {
  const seconds = custodyOf({ total, safe, stored });
  const count = (where: (typeof seconds)[number]): number => seconds.filter((one) => one === where).length;
  return { server: count('server'), device: count('device'), memory: count('memory') };
}

/** The take at hand as the recorder tells it to be now. */
export function showTake({ peaks, packets, edits }: RecordingState, take: { readonly peaks: Uint8Array; readonly edits: readonly unknown[] }): void {
  peaks.value = take.peaks;
  packets.value = take.peaks.length;
  edits.value = take.edits.length;
}

/** What was spoken since: `unsafe` packets of the take are only in memory. */
export function showFrames(state: RecordingState, peaks: Uint8Array, unsafe: number): void {
  const all = new Uint8Array(state.peaks.value.length + peaks.length);
  all.set(state.peaks.value);
  all.set(peaks, state.peaks.value.length);
  state.peaks.value = all;
  state.packets.value = all.length;
  state.unsafe.value = unsafe;
}

export type RecordingState = ReturnType<typeof createRecordingState>;
