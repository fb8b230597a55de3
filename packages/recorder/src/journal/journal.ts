import type { Id } from '@earshot/base/ids.ts';
import type { AppliedEdit, Edit } from './edit.ts';

/**
 * Crash-safe storage of what is being spoken. Every packet is appended as it is made; a Take is a view of the journal, never of
 * memory.
 *
 * Laws (held by `journal.contract.ts`)
 * 1. `append` resolves after the bytes were handed to the storage: a killed page or browser loses nothing of them.
 *    `flush` resolves when they would survive a power cut; the recorder calls it every 150 ms.
 * 2. After a crash, `read` returns every whole packet before the first torn or damaged byte, and never anything else.
 * 3. Nothing but `remove` removes. A full disk rejects with `recorder.storage` and keeps what was there; the same entries can be
 *    appended again, and are then there once.
 * 4. Takes are independent: damage to one never hides another.
 * 5. One writer for each take at a time; the caller sees to that (a lock per take). Calls to one writer may overlap: they are
 *    carried out in order, but that nothing waits for a flush: what is appended meanwhile is for the next one.
 */
export interface Journal {
  /** Begins a take. Its header is durable when this resolves. */
  create(header: TakeHeader): Promise<JournalWriter>;
  /**
   * Goes on with a take after its last whole packet. What cannot be read behind it is cut off, yet kept aside when it is more
   * than one torn append could have left.
   */
  reopen(take: Id): Promise<JournalWriter>;
  /** Takes whose header can be read, oldest first. Reads a few kilobytes of each, however long it is. */
  list(): Promise<TakeSummary[]>;
  read(take: Id): Promise<TakeRecord>;
  remove(take: Id): Promise<void>;
}

export interface JournalWriter {
  /** What was there when it was opened. The sound itself is not held: a take may be hours long. */
  readonly before: OpenedTake;
  append(entries: readonly JournalEntry[]): Promise<void>;
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface TakeHeader {
  readonly take: Id;
  readonly conversation: Id;
  /** This device's clock, for display only. Milliseconds since 1970. */
  readonly started: number;
}

/**
 * - `packet`: one Opus packet with the peak (0 to 255) of its 20 ms for the waveform.
 * - `part`: what follows was made by a new encoder (first part, resume, crash, other microphone); decoding skips `preSkip` samples.
 * - `end`: the encoder was finished; `padding` samples of its last packet are not speech.
 * - `state`: a decision of the person about the take.
 * - `splice`: the microphone was replaced here, because of `why` (a failure code, or empty when a person chose another one); up to
 *   `gap` milliseconds are missing or silent.
 * - `edit`: what is heard is changed (edit.ts); no packet is.
 */
export type JournalEntry =
  | { readonly type: 'packet'; readonly bytes: Uint8Array; readonly peak: number }
  | { readonly type: 'part'; readonly preSkip: number; readonly microphone: string }
  | { readonly type: 'end'; readonly padding: number }
  | { readonly type: 'state'; readonly state: TakeState; readonly at: number }
  | { readonly type: 'splice'; readonly gap: number; readonly why: string }
  | { readonly type: 'edit'; readonly edit: Edit };

/** `sent`: given to the outbox; the journal keeps it until the server has it. `discarded`: can be brought back. */
export type TakeState = 'open' | 'sent' | 'discarded';

export interface TakeSummary extends TakeHeader {
  readonly state: TakeState;
  readonly changed: number;
  /** 20 ms each, as they are heard: after all edits. */
  readonly packets: number;
}

/** A take without its packets. */
export interface OpenedTake extends Omit<TakeRecord, 'packets'> {
  readonly packets: number;
}

export interface TakeRecord extends TakeHeader {
  readonly state: TakeState;
  readonly changed: number;
  /** Whole packets in order, over all parts. */
  readonly packets: readonly Uint8Array[];
  readonly peaks: Uint8Array;
  readonly parts: readonly TakePart[];
  readonly splices: readonly Splice[];
  /** Those that hold, in the order they were made. `editedTake` applies them. */
  readonly edits: readonly AppliedEdit[];
  /** Bytes behind the last whole entry that could not be read. */
  readonly torn: number;
}

/** Before this packet the microphone was replaced. */
export interface Splice {
  readonly packet: number;
  /** Milliseconds. */
  readonly gap: number;
  readonly why: string;
}

/** What one encoder made: from packet number `packet` to the next part. */
export interface TakePart {
  readonly packet: number;
  /** 48 kHz samples that a decoder puts out before the speech begins. */
  readonly preSkip: number;
  /** 48 kHz samples at the end that are not speech; 0 when the encoder was killed. */
  readonly padding: number;
  readonly microphone: string;
}
