import type { Way } from '../knowledge/schema.ts';

/** A cause and how probable it is, 0 to 1. */
export interface Suspect {
  readonly cause: string;
  readonly chance: number;
}

/** Something that was answered, and which way it spoke: above 0 for the cause, below against it, in bits. */
export interface Reason {
  readonly kind: 'symptom' | 'code' | 'answer' | 'retest';
  /** The symptom, failure code, probe or question, or for a re-test the step. */
  readonly of: string;
  readonly answer: string;
  readonly bits: number;
}

/** The next best thing, with why. */
export type Action =
  /** Does it not work, or has it disappeared? Nothing else may be done before this is known. */
  | { readonly kind: 'choose-tree' }
  /** To be run by themselves, all beside one another. */
  | { readonly kind: 'probe'; readonly probes: readonly string[]; readonly because: 'first-look' | 'look-again' }
  /** A question, or a probe that needs the person. `between`: the causes between which its answer decides. `does-not-fit`: it
   * was answered already, and all else speaks against that answer. */
  | { readonly kind: 'ask'; readonly of: string; readonly because: 'tells-apart' | 'does-not-fit' | 'no-longer-holds'; readonly between: readonly Suspect[] }
  /** Whether there is a verified backup: this step, the best one, stays locked without. */
  | { readonly kind: 'secure'; readonly step: string }
  | { readonly kind: 'step'; readonly step: string; readonly ways: readonly Way[]; readonly chance: number; readonly against: readonly Suspect[] }
  /** The probe or question that tells whether the step helped. */
  | { readonly kind: 'retest'; readonly step: string; readonly of: string }
  | Conclusion;

/**
 * `cured`: a step helped. `known`: the cause is named and nothing that can be done here is left. `open`: what could be asked and done has
 * been; the suspects are what remains.
 */
export interface Conclusion {
  readonly kind: 'end';
  readonly how: 'cured' | 'known' | 'open';
  readonly suspects: readonly Suspect[];
  /** What spoke for the first suspect, and against it; the strongest first. */
  readonly reasons: readonly Reason[];
}
