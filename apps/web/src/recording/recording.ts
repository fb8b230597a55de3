import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Id } from '@earshot/base/ids.ts';
import type { Evidence, FailureCode } from '@earshot/protocol/failures.ts';
import type { Microphone } from '@earshot/recorder/recorder.ts';

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
}

/** The recorder bar's state and verbs. A verb that makes no sense in a phase does nothing. */
export interface Recording {
  readonly phase: ReadonlySignal<Phase>;
  readonly mode: ReadonlySignal<'hold' | 'free'>;
  /** Whether a take is at hand, in whichever conversation. */
  readonly busy: ReadonlySignal<boolean>;
  readonly conversation: ReadonlySignal<Id | null>;
  readonly packets: ReadonlySignal<number>;
  readonly packetsStored: ReadonlySignal<number>;
  readonly seconds: ReadonlySignal<number>;
  /** One peak for each packet. */
  readonly peaks: ReadonlySignal<Uint8Array>;
  readonly fault: ReadonlySignal<{ readonly code: FailureCode; readonly evidence: Evidence } | null>;
  /** The name of the microphone in use, or last used. */
  readonly microphone: ReadonlySignal<string | null>;
  readonly chosenMicrophone: ReadonlySignal<string | null>;
  /** While listening: whether it sounds, and where. */
  readonly playing: ReadonlySignal<boolean>;
  readonly position: ReadonlySignal<number>;
  readonly drafts: ReadonlySignal<readonly Draft[]>;

  start(conversation: Id, mode: 'hold' | 'free'): void;
  /** Goes on hands-free. `said` tells screen readers. */
  lock(said: boolean): void;
  togglePause(): void;
  toggleListening(): void;
  seek(seconds: number): void;
  discard(): void;
  send(): void;
  continueDraft(draft: Draft): void;
  listenToDraft(draft: Draft): void;
  sendDraft(draft: Draft): void;
  discardDraft(draft: Draft): void;
  microphones(): Promise<Microphone[]>;
  chooseMicrophone(id: string | null): void;
  /** Reads the position once more: called for every picture. */
  tick(): void;
}

/** The signals of a recording, in one place: the engine writes them, views read them. */
export function createRecordingState(chosen: string | null, drafts: Signal<readonly Draft[]>) {
  const phase = signal<Phase>('idle');
  const packets = signal(0);
  const state = {
    phase,
    packets,
    mode: signal<'hold' | 'free'>('free'),
    conversation: signal<Id | null>(null),
    packetsStored: signal(0),
    peaks: signal<Uint8Array>(new Uint8Array(0)),
    fault: signal<{ readonly code: FailureCode; readonly evidence: Evidence } | null>(null),
    microphone: signal<string | null>(null),
    chosenMicrophone: signal<string | null>(chosen),
    playing: signal(false),
    position: signal(0),
    drafts,
  };
  return { ...state, busy: computed(() => phase.value !== 'idle'), seconds: computed(() => packets.value / 50) };
}

export type RecordingState = ReturnType<typeof createRecordingState>;
