import type { Id } from '@earshot/base/ids.ts';
import type { Evidence, FailureCode } from '@earshot/protocol/failures.ts';
import type { Edit, EditedTake } from './journal/edit.ts';
import type { TakeRecord, TakeSummary } from './journal/journal.ts';
import type { RecorderState } from './recorder-state.ts';

/**
 * Speaking, as a page sees it. What it tells was read from captured frames and from the disk, never from what was pressed.
 * Errors are `Failure`s with a code of the closed list. No method but `forget` removes anything.
 */
export interface Recorder extends AsyncDisposable {
  /** Which disk holds the recordings. It is never memory: `openRecorder` rejects instead. */
  readonly journal: 'opfs' | 'indexeddb';
  /** How it records here, part by part. Whatever is missing in this browser was replaced by something slower, never by memory. */
  readonly ways: readonly Way[];
  readonly state: RecorderState;
  /** Name of the microphone in use; null while there is none. */
  readonly microphone: string | null;
  on(listener: (happening: RecorderHappening) => void): () => void;

  /**
   * Resolves when the first frame has arrived: speak now. Rejects with `mic.*`, `recorder.storage`, or `recorder.elsewhere` when
   * another window records this take. With `resume`, goes on with a draft in a new part.
   */
  start(options: StartOptions): Promise<void>;
  /** Resolves when everything up to the press, and the syllable that was under way, is safe on the disk. */
  pause(): Promise<void>;
  /** As `start`, for the take that is paused, with this microphone or the one it had. */
  resume(options?: ResumeOptions): Promise<void>;
  /**
   * What is captured in the next milliseconds (at most 1,000) is recorded as silence: for a cue that the device is about to give. In
   * force when it resolves; without a recording under way it does nothing.
   */
  hush(milliseconds: number): Promise<void>;
  /** Ends the take, its last syllable included. When it rejects (`recorder.storage`) the take is paused and can be stopped again. */
  stop(): Promise<FinishedTake>;

  /**
   * Another microphone, also in mid-take (at most 150 ms are missing, and marked); undefined for the system's choice. It is used from
   * now on. Rejects with `mic.*` when it cannot be had: then the one before goes on.
   */
  useMicrophone(device: string | undefined): Promise<void>;

  permission(): Promise<'granted' | 'denied' | 'prompt' | 'unknown'>;
  /** Names are empty until the microphone was allowed once. */
  microphones(): Promise<Microphone[]>;

  /** All takes on this device that have sound, the oldest first, whatever was decided about them. */
  drafts(): Promise<Draft[]>;
  /** As it is heard: after all edits. */
  readTake(take: Id): Promise<EditedTake>;
  /** As it was recorded. */
  readWhole(take: Id): Promise<TakeRecord>;
  /** Changes what is heard of a take, durably; `undo` takes the last change back. A take that is being recorded is paused first. */
  edit(take: Id, edit: Edit): Promise<void>;
  /** Notes the decision durably. A take that is being recorded is finished first. */
  discard(take: Id): Promise<void>;
  undiscard(take: Id): Promise<void>;
  markSent(take: Id): Promise<void>;
  /** Removes for good what was discarded 30 days before `now`, and nothing else. Resolves to how many takes that were. */
  sweep(now: number): Promise<number>;
  /** Removes the take for good. Only for what the server has, what has rested as discarded long enough, or what its person lets go of. */
  forget(take: Id): Promise<void>;
}

export interface ResumeOptions {
  /** Device id out of `microphones()`. */
  readonly microphone?: string | undefined;
  /** Given when sound arrives, and waited for: only what comes after it is recorded. */
  readonly cue?: (() => Promise<void>) | undefined;
}

export interface StartOptions extends ResumeOptions {
  readonly take: Id;
  readonly conversation: Id;
  readonly resume?: boolean;
}

/** One part of recording: the best way is `note: null`; otherwise `note` says in plain words what is missing here, and what it costs. */
export interface Way {
  readonly what: 'capture' | 'disk' | 'codec' | 'locks';
  readonly way: string;
  readonly note: string | null;
}

export interface Microphone {
  readonly id: string;
  readonly label: string;
}

export interface Draft extends TakeSummary {
  /** A window records it just now, perhaps this one. */
  readonly open: boolean;
}

/** A take whose encoder was ended. Everything of it is on the disk. */
export interface FinishedTake {
  readonly take: Id;
  readonly conversation: Id;
  readonly started: number;
  /** 20 ms each, over all parts. */
  readonly packets: number;
  /** 48 kHz samples to play: all packets, less `preSkip` at the beginning and the padding at the end. */
  readonly samples: number;
  readonly seconds: number;
  readonly preSkip: number;
  /** 0 to 255, one for each packet. */
  readonly peaks: Uint8Array<ArrayBuffer>;
  /** The same in at most 256 bars. */
  readonly waveform: Uint8Array<ArrayBuffer>;
}

export type RecorderHappening =
  | { readonly type: 'state'; readonly state: RecorderState }
  /** About 10 times a second. These packets are in the journal, in order; each is told once. */
  | {
      readonly type: 'frames';
      readonly take: Id;
      readonly packets: readonly Uint8Array<ArrayBuffer>[];
      readonly peaks: Uint8Array<ArrayBuffer>;
      /** The first of these packets begins a new part. */
      readonly part: boolean;
      /** Packets of the take in the journal, these included, and how many of them survive a power cut. */
      readonly total: number;
      readonly safe: number;
      readonly seconds: number;
    }
  /** Named while the person speaks. Those behind which no sound can come pause the take (see `state`); the others are warnings. */
  | { readonly type: 'fault'; readonly code: FailureCode; readonly evidence: Evidence }
  /** What was said of this code is over. */
  | { readonly type: 'cleared'; readonly code: FailureCode }
  /** This happened and was repaired, without ending the take; at most `gap` milliseconds are missing or silent. 0: none are. */
  | { readonly type: 'healed'; readonly code: FailureCode; readonly gap: number }
  /** The microphone in use now, by name. */
  | { readonly type: 'microphone'; readonly label: string }
  /** Microphones were plugged in or out. */
  | { readonly type: 'microphones' };
