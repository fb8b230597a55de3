import type { Judgement, JudgementKind } from '@earshot/audio/sentinel/judgement.ts';
import { Sentinel } from '@earshot/audio/sentinel/sentinel.ts';
import { OPUS_RATE } from '@earshot/audio/opus-packet.ts';
import type { Evidence, FailureCode } from '@earshot/protocol/failures.ts';
import type { StageCounts } from './take-writer.ts';

/** What the page knows of the microphone in use. */
export interface MicrophoneFacts {
  /** Its name. */
  readonly microphone: string;
  /** Hz; null where the system does not say. */
  readonly rate: number | null;
}

export interface Finding {
  readonly code: FailureCode;
  readonly evidence: Evidence;
  /** It held until now, and does no more. */
  readonly over: boolean;
}

const CODES: Readonly<Record<JudgementKind, FailureCode>> = {
  muted: 'mic.muted',
  'no-frames': 'mic.no-frames',
  'digital-zero': 'mic.silent',
  'wrong-rate': 'mic.wrong-rate',
  'drop-outs': 'mic.dropouts',
  clipping: 'mic.clipping',
  quiet: 'mic.quiet',
  background: 'mic.background',
  'narrow-band': 'mic.narrow-band',
  pipeline: 'recorder.pipeline',
};

/** 300 ms, in samples: microphones begin with zeros and jumps, which say nothing about what comes after. */
const SETTLING = 14_400;

/** Gives the sentinel's judgements their codes: says, while a person speaks, whether sound really comes in and goes through. */
export class Watch {
  readonly #facts: MicrophoneFacts;
  #sentinel = new Sentinel(OPUS_RATE);
  #settling = SETTLING;

  constructor(facts: MicrophoneFacts | null) {
    this.#facts = facts ?? { microphone: '', rate: null };
  }

  /** Begins anew: after a pause, or with another microphone. */
  reset(): void {
    this.#sentinel = new Sentinel(OPUS_RATE);
    this.#settling = SETTLING;
  }

  push(samples: Float32Array, missing: number): void {
    if (this.#settling > 0) this.#settling -= samples.length;
    else this.#sentinel.push(samples, missing);
  }

  /** Called ten times a second while frames are wanted. `clock`: milliseconds. */
  look({ samples, encoded, written }: StageCounts, clock: number): Finding[] {
    const stages = { captured: samples, encoded, written, sent: null };
    // That the system muted the microphone is told by its track, to the page.
    const facts = { clock, muted: false, deviceRate: this.#facts.rate, deviceLabel: this.#facts.microphone, stages };
    return this.#sentinel.look(facts).map(findingOf);
  }
}

function findingOf({ kind, from, until, evidence }: Judgement): Finding {
  return { code: CODES[kind], evidence: { ...evidence, kind, atSeconds: Math.round(from * 10) / 10 }, over: until !== null };
}
