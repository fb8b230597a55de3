/**
 * What can be wrong between a mouth and the journal, as the sentinel names it. Each kind has one meaning and one remedy; the room
 * that records knows which failure code each of them is.
 */
export const JUDGEMENT_KINDS = [
  /** The system says that the microphone is muted. */
  'muted',
  /** The microphone is on, and nothing arrives from it. */
  'no-frames',
  /** The same sample value again and again: no room is that quiet. */
  'digital-zero',
  /** More or fewer samples in a second than the rate that is declared: the recording would play too fast or too slow. */
  'wrong-rate',
  /** Pieces of sound are missing. */
  'drop-outs',
  /** Sound that is larger than what can be stored is cut off flat. */
  'clipping',
  /** Somebody speaks, too softly to be understood when played. */
  'quiet',
  /** A quiet room and nobody in it, for longer than anyone thinks before speaking. */
  'background',
  /** Nothing above 4 or 8 kHz: a headset in call mode. */
  'narrow-band',
  /** Sound arrived and got lost on its way to the disk. */
  'pipeline',
] as const;

export type JudgementKind = (typeof JUDGEMENT_KINDS)[number];

/** Measured numbers; each name ends in its unit (`Ms`, `Db` for dBFS, `Hz`, `Percent`) unless it counts things. */
export type JudgementEvidence = Readonly<Record<string, string | number | boolean>>;

/** Times are seconds of captured sound since the sentinel began, missing samples not counted: places on the waveform. */
export interface Judgement {
  readonly kind: JudgementKind;
  readonly from: number;
  /** Null while it lasts. */
  readonly until: number | null;
  /** As it was when it began; `narrow-band` is brought up to date when its edge moves. */
  readonly evidence: JudgementEvidence;
}

/** A hole in the sound. It lies at `at` seconds of captured sound, and where the sound came with zeros in its place, begins there. */
export interface Gap {
  readonly at: number;
  readonly milliseconds: number;
}

/** How far the sound has come, each counted since the take began. Each stage can only be behind the one before. */
export interface StageCounters {
  /** Samples that arrived, at the rate of the context. */
  readonly captured: number;
  /** Packets of 20 ms that the encoder made, and those that the journal took. */
  readonly encoded: number;
  readonly written: number;
  /** Packets handed to whoever sends them (not those that were sent: networks may be slow); null where nobody does. */
  readonly sent: number | null;
}

/** What only the capture side knows, at one look. */
export interface CaptureFacts {
  /** Milliseconds of any clock that never goes back. */
  readonly clock: number;
  readonly muted: boolean;
  /** Hz; null where the system does not say. */
  readonly deviceRate: number | null;
  readonly deviceLabel: string;
  readonly stages: StageCounters;
}
