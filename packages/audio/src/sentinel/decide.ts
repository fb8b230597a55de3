import type { MeasuredRate } from './clock-watch.ts';
import type { JudgementEvidence, JudgementKind } from './judgement.ts';
import {
  BACKGROUND_FIRST_S, BACKGROUND_LATER_S, BAND_FALL_CLEAR_DB, BAND_FALL_LEAST_DB, BAND_FALL_MEDIAN_DB, BAND_FRAMES_4K, BAND_FRAMES_8K,
  CLIPPED_CLEAR_SHARE, CLIPPED_FRAMES, CLIPPED_SHARE, DROPOUT_MS, FLAT_MS, GATE_PATIENCE_MS, GATE_RUNS, MUTED_MS, NO_FIRST_FRAME_MS,
  NO_FRAMES_MS, QUIET_DB, QUIET_FRAMES, QUIET_LATER_FRAMES, QUIET_NARROW_FRAMES, SPEECH_FALL_DB, USABLE_DB, USABLE_FRAMES,
} from './limits.ts';
import type { ClippingMeasure, EdgeMeasure, LevelMeasure } from './measures.ts';
import type { Loss } from './stage-watch.ts';

/** Everything that was gathered until now. Milliseconds unless the name says otherwise. */
export interface Evidence {
  readonly mutedMs: number;
  readonly framelessMs: number;
  readonly everFrames: boolean;
  readonly flatMs: number;
  readonly gateRuns: number;
  readonly rate: MeasuredRate | null;
  /** Gaps of the last 2 s, and of the last 4. */
  readonly gaps: { readonly count: number; readonly lostMs: number; readonly longestMs: number; readonly lately: number };
  readonly clipping: ClippingMeasure;
  readonly level: LevelMeasure;
  readonly edge4k: EdgeMeasure;
  readonly edge8k: EdgeMeasure;
  readonly loss: Loss | null;
  readonly device: { readonly label: string; readonly rateHz: number | null };
}

export interface Finding {
  readonly kind: JudgementKind;
  readonly evidence: JudgementEvidence;
}

/**
 * What is wrong now, given the evidence and what was wrong a moment ago. The only place where anything is decided. Invariants:
 *
 * 1. A cause hides its consequences: of `muted`, `no-frames`, `digital-zero` and `wrong-rate`, in this order, the first that holds is
 *    the only finding about the sound. `pipeline` stands beside any of them: it is about what happens after the sound has come.
 * 2. `quiet`, `background` and `clipping` are judgements about level: at most one of them holds.
 * 3. What is open ends only when the evidence has clearly turned: the limits of ending lie well beyond those of beginning.
 * 4. No finding follows from a pause: those about the voice need a voice that was heard, or more seconds than a thought takes.
 */
export function decide(evidence: Evidence, open: ReadonlySet<JudgementKind>): Finding[] {
  const cause = muted(evidence) ?? noFrames(evidence) ?? digitalZero(evidence) ?? wrongRate(evidence);
  const sound = cause === null ? [dropOuts(evidence, open), level(evidence, open), narrowBand(evidence, open)] : [cause];
  return [...sound, pipeline(evidence)].filter((finding) => finding !== null);
}

function muted({ mutedMs }: Evidence): Finding | null {
  return mutedMs >= MUTED_MS ? { kind: 'muted', evidence: { mutedMs } } : null;
}

function noFrames({ framelessMs, everFrames }: Evidence): Finding | null {
  const limit = everFrames ? NO_FRAMES_MS : NO_FIRST_FRAME_MS;
  return framelessMs >= limit ? { kind: 'no-frames', evidence: { framelessMs, everFrames } } : null;
}

function digitalZero({ flatMs, gateRuns, level: { everUsable } }: Evidence): Finding | null {
  const limit = gateRuns >= GATE_RUNS ? GATE_PATIENCE_MS : FLAT_MS;
  return flatMs >= limit ? { kind: 'digital-zero', evidence: { flatMs: Math.round(flatMs), heardBefore: everUsable > 0 } } : null;
}

function wrongRate({ rate }: Evidence): Finding | null {
  return rate === null ? null : { kind: 'wrong-rate', evidence: { ...rate } };
}

function dropOuts({ gaps }: Evidence, open: ReadonlySet<JudgementKind>): Finding | null {
  const holds = gaps.lostMs >= DROPOUT_MS || (open.has('drop-outs') && gaps.lately > 0);
  return holds ? { kind: 'drop-outs', evidence: { gaps: gaps.count, lostMs: gaps.lostMs, longestMs: gaps.longestMs } } : null;
}

function level(evidence: Evidence, open: ReadonlySet<JudgementKind>): Finding | null {
  return clipping(evidence, open) ?? quiet(evidence, open) ?? background(evidence, open);
}

function clipping({ clipping: { share, longShare, frames } }: Evidence, open: ReadonlySet<JudgementKind>): Finding | null {
  const holds = open.has('clipping') ? longShare >= CLIPPED_CLEAR_SHARE : share >= CLIPPED_SHARE && frames >= CLIPPED_FRAMES;
  return holds ? { kind: 'clipping', evidence: { clippedPercent: Math.round(share * 1_000) / 10, frames } } : null;
}

function quiet(evidence: Evidence, open: ReadonlySet<JudgementKind>): Finding | null {
  const heard = evidence.level;
  const found: Finding = { kind: 'quiet', evidence: { voiceDb: Math.round(heard.loudDb), activeMs: heard.active * 20 } };
  if (heard.usable >= USABLE_FRAMES) return null;
  if (open.has('quiet')) return found;
  const enough = narrowBand(evidence, open) === null ? QUIET_FRAMES : QUIET_NARROW_FRAMES;
  const first = heard.everUsable < USABLE_FRAMES && heard.active >= enough;
  const later = heard.usableLater < USABLE_FRAMES && heard.activeLater >= QUIET_LATER_FRAMES;
  return (first || later) && heard.loudDb <= QUIET_DB && heard.fallDb >= SPEECH_FALL_DB ? found : null;
}

function background({ level: heard }: Evidence, open: ReadonlySet<JudgementKind>): Finding | null {
  const limit = heard.everUsable < USABLE_FRAMES ? BACKGROUND_FIRST_S : BACKGROUND_LATER_S;
  const holds = open.has('background') ? heard.usable < USABLE_FRAMES : heard.emptySeconds >= limit && heard.peakDb < USABLE_DB;
  return holds ? { kind: 'background', evidence: { seconds: Math.round(heard.emptySeconds), roomDb: Math.round(heard.peakDb) } } : null;
}

function narrowBand(evidence: Evidence, open: ReadonlySet<JudgementKind>): Finding | null {
  const { edge4k, edge8k, device } = evidence;
  const isOpen = open.has('narrow-band');
  const at4k = isNarrow(edge4k, BAND_FRAMES_4K, isOpen);
  if (!at4k && !isNarrow(edge8k, BAND_FRAMES_8K, isOpen)) return null;
  const { leastDb, medianDb } = at4k ? edge4k : edge8k;
  return {
    kind: 'narrow-band',
    evidence: {
      edgeHz: at4k ? 4_000 : 8_000, leastFallDb: Math.round(leastDb), fallDb: Math.round(medianDb), device: device.label,
      ...(device.rateHz === null ? {} : { deviceRateHz: device.rateHz }),
    },
  };
}

function isNarrow({ frames, leastDb, medianDb }: EdgeMeasure, enough: number, open: boolean): boolean {
  // While nothing can be seen, what was seen last still holds.
  if (open) return frames < enough || leastDb >= BAND_FALL_CLEAR_DB;
  return frames >= enough && leastDb >= BAND_FALL_LEAST_DB && medianDb >= BAND_FALL_MEDIAN_DB;
}

function pipeline({ loss }: Evidence): Finding | null {
  return loss === null ? null : { kind: 'pipeline', evidence: { ...loss } };
}
