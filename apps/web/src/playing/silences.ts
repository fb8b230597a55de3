import type { Gap } from './gap.ts';

/** Loudness is judged in slices of this length. Seconds. */
const SLICE = 0.02;
/** Shorter pauses belong to how somebody speaks. Seconds. */
const PAUSE = 0.6;
/** What stays of a pause: the voice dies away, and a breath comes before the next word. Seconds. */
const AFTER = 0.25;
const BEFORE = 0.15;
/** A voice stands at least this far above the room it is in. Decibels. */
const BELOW_VOICE = 30;
/** The threshold stays between these, whatever the recording. dBFS. */
const QUIETEST = -60;
const LOUDEST = -40;

/** The pauses worth skipping in decoded sound (one channel, -1 to 1). Pure. */
export function gapsOf(samples: Float32Array, rate: number): Gap[] {
  const levels = levelsOf(samples, Math.round(rate * SLICE));
  const voice = levels.toSorted()[Math.floor(levels.length * 0.9)] ?? -Infinity;
  const threshold = Math.min(LOUDEST, Math.max(QUIETEST, voice - BELOW_VOICE));
  const gaps: Gap[] = [];
  let quiet = 0;
  for (let at = 0; at <= levels.length; at += 1) {
    if ((levels[at] ?? Infinity) < threshold) {
      quiet += 1;
      continue;
    }
    if (quiet * SLICE >= PAUSE) gaps.push({ start: (at - quiet) * SLICE + AFTER, end: at * SLICE - BEFORE });
    quiet = 0;
  }
  return gaps;
}

/** Root mean square of each slice, in dBFS. */
function levelsOf(samples: Float32Array, slice: number): Float32Array {
  return Float32Array.from({ length: Math.floor(samples.length / slice) }, (_, at) => {
    let sum = 0;
    for (let index = at * slice; index < (at + 1) * slice; index += 1) sum += (samples[index] ?? 0) ** 2;
    return 10 * Math.log10(sum / slice);
  });
}
